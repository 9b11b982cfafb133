"""What a run was given: global options on either side of the command, and hints that carry them on."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dpctl import redaction
from dpctl.aws import in_sandbox

LOCAL = frozenset({"sandbox", "demo"})  # commands that are about the sandbox anyway
ENV = frozenset({"--env", "-e"})
LINE = 200  # what is longer is no line to read and type


def hoist(group: Any, words: Sequence[str]) -> list[str]:
    """The words of a command line with the global options first, wherever they stood.

    ``group`` is the root command. What stands after ``--``, what belongs to a command that hands words on to
    another program, and values of options are left alone.
    """
    front: list[str] = []
    rest: list[str] = []
    own = _options(group)
    command, left = group, iter(words)
    for word in left:
        if re.match(r"--?\s", word):  # no option, but SQL that begins with a comment
            rest.append(f" {word}")
            continue
        if word == "--" or not word.startswith("-"):
            rest.append(word)
            if word == "--" or _hands_on(command):
                return [*front, *rest, *left]
            command = _commands(command).get(word, command)
            continue
        name = word.partition("=")[0]
        declared = _options(command)
        is_own = (name in own or re.fullmatch("-v+", word)) and (command is group or name not in declared)
        target, options = (front, own) if is_own else (rest, declared)
        target.append(word)
        if "=" not in word and options.get(name, False):
            target.extend(_next(left))
    return [*front, *rest]


def typed(group: Any, words: Sequence[str]) -> list[str]:
    """What of hoisted words stands after the global options."""
    own, left = _options(group), list(words)
    while left and left[0].startswith("-"):
        name = left.pop(0)
        if "=" not in name and own.get(name, False):
            del left[:1]
    return left


def _next(words: Iterator[str]) -> list[str]:
    return [word] if (word := next(words, None)) is not None else []


def _options(command: Any) -> dict[str, bool]:
    """The options of a command, each with whether it takes a value."""
    return {
        name: not (getattr(param, "is_flag", False) or getattr(param, "count", False))
        for param in command.params
        for name in (*param.opts, *param.secondary_opts)
        if name.startswith("-")
    }


def _commands(command: Any) -> Mapping[str, Any]:
    return getattr(command, "commands", {})


def _hands_on(command: Any) -> bool:
    settings = getattr(command, "context_settings", None) or {}
    if hasattr(command, "commands"):
        return False
    return bool(settings.get("ignore_unknown_options")) or settings.get("allow_interspersed_args") is False


def asks_json(words: Sequence[str]) -> bool:
    """Whether a command line asks for one JSON document."""
    before = words[: words.index("--")] if "--" in words else words
    return "--json" in before


@dataclass
class Given:
    """The options that a hint has to carry, so that a pasted line goes where this run went.

    ``typed`` are the words of the command line from the command on, without the global options.
    """

    group: Any
    sandboxed: bool = False
    root: Path | None = None
    env: str | None = None
    typed: Sequence[str] = ()

    def hint(self, text: str) -> str:
        """What to type next; a hint that names an option only becomes the line that was typed, with it."""
        option = re.match(r"(--[a-z][a-z-]*)(?: (?!with |as )('[^']*'|[^\s,;]+))?(?=$|[,;])", text)
        if option:
            line = self._again(option[1], option[2])
            text = f"{line} {text}" if line else text
        return self.retell(text)

    def _again(self, option: str, value: str | None) -> str:
        """The typed line without what it says of an option; empty where that can't be said in one line."""
        path, command, words = self._path()
        param = next((one for one in command.params if option in (*one.opts, *one.secondary_opts)), None)
        takes = _options(command)
        if not path or param is None or takes[option] != (value is not None) or "--" in words:
            return ""
        own = {*param.opts, *param.secondary_opts}
        kept: list[str] = []
        given, left = 0, iter(words)
        for word in left:
            name = word.partition("=")[0]
            with_value = "=" not in word and takes.get(name, False)
            parts = [word, *(_next(left) if with_value else [])]
            given += name in own
            kept += [] if name in own else parts
        if given > 1:  # one of several: which one is meant is not known
            return ""
        line = shlex.join(["dpctl", *path, *kept])
        return line if len(line) <= LINE and redaction.text(line, "") == line else ""

    def _path(self) -> tuple[list[str], Any, list[str]]:
        """The command that was typed, and the words after it."""
        path, command, words = [], self.group, list(self.typed)
        while words and (inner := _commands(command).get(words[0])):
            path.append(words.pop(0))
            command = inner
        return path, command, words

    def retell(self, text: str) -> str:
        """A text with every ``dpctl ...`` in it given what this run was given.

        In a sandbox ``aws ...`` is run by `dpctl sandbox exec`, but for what is about the user's own login.
        """
        if self.sandboxed:
            text = in_sandbox(text)
        parts = re.split(r"(?<![\w./'-])dpctl (?=[a-z.-])", text)
        return parts[0] + "".join(f"dpctl {self._command(part)}" for part in parts[1:])

    def _command(self, text: str) -> str:
        words = re.split(r"(\s+)", text)
        at = 0
        globals_: list[str] = []
        while at < len(words) and words[at].startswith("-"):
            takes = words[at] == "--root" and at + 2 < len(words)
            globals_ += [words[at], words[at + 2]] if takes else [words[at]]
            at += 4 if takes else 2
        path, command = [], self.group
        while at < len(words) and (inner := _commands(command).get(words[at].rstrip(",;.)`"))):
            path.append(words[at])
            command = inner
            at += 2
            if path[-1] != path[-1].rstrip(",;.)`"):
                break
        after = "".join(words[at:])
        if not path and not globals_ and not after.startswith("..."):
            return text  # dpctl as a word of a sentence
        if self.sandboxed and "--sandbox" not in globals_ and not (path and path[0] in LOCAL):
            globals_.insert(0, "--sandbox")
        if self.root is not None and "--root" not in globals_:
            globals_ += ["--root", shlex.quote(str(self.root))]
        if self._wants_env(command, after):
            path = _with_env(path, str(self.env))
        gap = " " if after and not after[0].isspace() else ""
        return " ".join([*globals_, *path]) + gap + after

    def _wants_env(self, command: Any, after: str) -> bool:
        if self.env is None or command is self.group or not ENV & _options(command).keys():
            return False
        return not re.search(r"(?:^|\s)(?:--env|-e)\b", after)


def _with_env(path: list[str], env: str) -> list[str]:
    """``--env`` right after the command; a comma that follows the command stays at the end."""
    last = path[-1].rstrip(",;.)`")
    return [*path[:-1], last, "--env", env + path[-1][len(last) :]]


Retell = Callable[[str], str]
