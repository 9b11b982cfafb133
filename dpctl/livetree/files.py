"""Terraform's functions about files. Relative paths start at the folder of the file that calls them."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dpctl.errors import ConfigError
from dpctl.livetree import functions, hcl, literals
from dpctl.livetree import values as v
from dpctl.livetree.jsontext import decode_json, encode_json
from dpctl.livetree.values import Mismatch, SetValue

MAX_BYTES = 64 * 1024 * 1024  # of a file that is only hashed
_HASHES = ("md5", "sha1", "sha256", "sha512")
Render = Callable[[Any, str, Mapping[str, Any]], Any]


class Files:
    """The functions for one file. ``folder`` is where relative paths start, ``unit`` those of Terragrunt;
    ``shown`` makes paths as messages have them; ``render`` evaluates a template with names.
    """

    def __init__(
        self,
        folder: Path,
        unit: Path,
        shown: Callable[[Path], str],
        render: Render,
        hidden: frozenset[Path] = frozenset(),
    ) -> None:
        self.hidden = hidden
        self.folder = folder
        self.unit = unit
        self.shown = shown
        self.render = render

    def text(self, path: Any) -> Any:
        """The text of a file; unknown for a hidden one. Raises Mismatch."""
        place = self._place(path)
        return v.Unknown(f"(what {self.shown(place)} says)") if place in self.hidden else self._text(place)

    def _text(self, place: Path) -> str:
        try:
            text = hcl.text(place, self.shown(place))
        except ConfigError as error:
            problem = error.problems[0]
            code = "file-not-found" if not place.exists() else problem.code
            raise Mismatch(f"{problem.file}: {problem.message}", code=code) from None
        return text if text.isascii() else unicodedata.normalize("NFC", text)

    def _place(self, path: Any) -> Path:
        text = v.to_string(path)
        if "\0" in text:
            raise Mismatch("a path can't have a NUL in it")
        return Path(os.path.normpath(self.folder / _expanded(text)))

    def _bytes(self, path: Any, most: int) -> bytes:
        place = self._place(path)
        try:
            found = place.stat()
            if not stat.S_ISREG(found.st_mode):
                raise Mismatch(f"{self.shown(place)} is not a file", code="unreadable-file")
            if found.st_size > most:
                size = f"{found.st_size:,} bytes; the limit is {most:,}"
                raise Mismatch(f"{self.shown(place)} has {size}", code="too-large")
            return place.read_bytes()
        except OSError as error:
            why = error.strerror or str(error)
            raise Mismatch(f"{self.shown(place)} can't be read: {why}", code="file-not-found") from None

    def _hash(self, name: str, path: Any) -> str:
        return hashlib.new(name, self._bytes(path, MAX_BYTES)).hexdigest()

    def _base64_hash(self, name: str, path: Any) -> str:
        return base64.b64encode(hashlib.new(name, self._bytes(path, MAX_BYTES)).digest()).decode()

    def _exists(self, path: Any) -> bool:
        place = self._place(path)
        try:
            mode = place.stat().st_mode
        except OSError:
            return False
        if not stat.S_ISREG(mode):
            raise Mismatch(f"{self.shown(place)} is not a file", code="unreadable-file")
        return True

    def _set(self, path: Any, pattern: Any) -> Any:
        folder = literals.quoted(str(self._place(path)))
        question = f"fileset({folder}, {literals.quoted(v.to_string(pattern))})"
        found = functions.answer(question, ("set", "string"))
        return found if isinstance(found, v.Unknown) else SetValue(found, "string")

    def _template(self, path: Any, names: Any) -> Any:
        place = self._place(path)
        shown = self.shown(place)
        return self.render(hcl.template(self._text(place), shown), shown, v.to_map(names))

    def _templatestring(self, text: Any, names: Any) -> Any:
        shown = "the template"
        return self.render(hcl.template(v.to_string(text), shown), shown, v.to_map(names))

    def _variables(self, path: Any) -> str:
        """Terragrunt's ``read_tfvars_file``: the values of a .tfvars file, as the text of JSON."""
        place = Path(os.path.normpath(self.unit / v.to_string(path)))
        text, shown = self._text(place), self.shown(place)
        if place.suffix == ".json":
            decode_json(text)
            return text
        body = hcl.parse(text, shown)
        return encode_json({item.name: self.render(item.value, shown, {}) for item in body.attributes})


def _expanded(path: Any) -> str:
    text = v.to_string(path)
    if not text.startswith("~"):
        return text
    if text[1:2] not in ("", "/"):
        raise Mismatch("only ~ alone stands for a home folder here, not ~user")
    return os.path.normpath(f"{Path.home()}/{text[1:]}")


# by name: the work, and how many arguments it takes
FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int]] = {
    "abspath": (lambda files, path: os.path.normpath(files.unit / v.to_string(path)), 1),
    "file": (Files.text, 1),
    "filebase64": (lambda files, path: base64.b64encode(files._bytes(path, hcl.MAX_BYTES)).decode(), 1),
    "filebase64sha256": (lambda files, path: files._base64_hash("sha256", path), 1),
    "filebase64sha512": (lambda files, path: files._base64_hash("sha512", path), 1),
    "fileexists": (Files._exists, 1),
    "fileset": (Files._set, 2),
    "pathexpand": (lambda files, path: _expanded(path), 1),
    "read_tfvars_file": (Files._variables, 1),
    "templatefile": (Files._template, 2),
    "templatestring": (Files._templatestring, 2),
    **{f"file{name}": (lambda files, path, name=name: files._hash(name, path), 1) for name in _HASHES},
}
