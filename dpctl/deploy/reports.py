"""A run's report as a file: JSON, JUnit for CI, Markdown for a pull request; chosen by the file's ending."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from dpctl.amounts import duration
from dpctl.errors import UsageError
from dpctl.visible import visible, visible_json, visible_line

LIMIT = 60_000  # GitHub refuses comments of more than 65,536 characters
_MARKS = re.compile(r"[\\`<\[&]")
_TICKS = re.compile("`+")
SIGNS = {"add": "+", "change": "~", "destroy": "-", "import": "<="}

Document = Mapping[str, Any]
Details = Mapping[str, str]


def check(file: Path) -> None:
    """Raise UsageError for an ending that is no format; before anything is planned."""
    if file.suffix not in FORMATS:
        raise UsageError(
            f"{file} has no ending that says its format.",
            why=f"Known are {', '.join(FORMATS)} (JSON, JUnit, Markdown).",
            hint="--report report.md",
        )


def write(file: Path, document: Document, details: Details) -> None:
    """Write a report; ``document`` is the run's JSON, ``details`` the text of each layer's plan."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(FORMATS[file.suffix](document, details), encoding="utf-8")


def as_json(document: Document, _details: Details) -> str:
    """The document of ``--json``."""
    return visible_json(json.dumps(document, indent=2, ensure_ascii=False, default=str)) + "\n"


def as_junit(document: Document, details: Details) -> str:
    """One test case a layer; failed, skipped and excluded are what JUnit calls them."""
    layers = document["layers"]
    suite = Xml.Element(
        "testsuite",
        name=f"dpctl {document['command']} {document['env']}",
        tests=str(len(layers)),
        failures=str(sum(layer["result"] == "failed" for layer in layers)),
        skipped=str(sum(layer["result"] in ("skipped", "excluded") for layer in layers)),
        time=str(document["seconds"]),
    )
    for layer in layers:
        case = Xml.SubElement(
            suite, "testcase", classname=document["env"], name=layer["layer"], time=str(layer["seconds"])
        )
        if layer["result"] == "failed":
            Xml.SubElement(case, "failure", message=_first(layer["reason"])).text = layer["reason"]
        elif layer["result"] in ("skipped", "excluded"):
            Xml.SubElement(case, "skipped", message=_first(layer["reason"]))
        if details.get(layer["layer"]):
            Xml.SubElement(case, "system-out").text = details[layer["layer"]]
    text = visible(Xml.tostring(suite, encoding="unicode"))  # also for what XML 1.0 does not allow
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def as_markdown(document: Document, details: Details) -> str:
    """For a pull request: the result, what is lost, a table, and each plan folded away."""
    lines = [f"## dpctl {document['command']}: {document['env']}", "", _verdict(document), ""]
    lost = list(_losses(document))
    if lost:
        lines += ["### This takes something away", "", *lost, ""]
    lines += [
        "| layer | result | add | change | destroy | import | |",
        "| --- | --- | --: | --: | --: | --: | --- |",
    ]
    for layer in document["layers"]:
        count = layer["changes"]
        word = f"{layer['result']} (estimated)" if layer["estimated"] else layer["result"]
        numbers = " | ".join(str(count[name]) for name in SIGNS)
        lines.append(f"| {layer['layer']} | {word} | {numbers} | {_cell(_first(layer['reason']))} |")
    for layer in document["layers"]:
        warnings = layer.get("warnings", [])
        lines += [f"\n> **Warning** {layer['layer']}: {_prose(visible_line(text))}" for text in warnings]
    head = visible("\n".join(lines)) + "\n"
    return head + "".join(_folded(details, room=LIMIT - len(head)))


def _verdict(document: Document) -> str:
    if not document["ok"]:
        bad = [layer["layer"] for layer in document["layers"] if layer["result"] in ("failed", "skipped")]
        said = _prose(visible_line(document.get("error", {}).get("message", "stopped")))
        return f"**Not done**: {', '.join(bad) or said}"
    count = document["changes"]
    planned = document["command"] == "plan" or document.get("dry_run")
    words = ", ".join(
        f"{count[name]} to {name}" if planned else f"{name} {count[name]}" for name in SIGNS if count[name]
    )
    return f"**{words or 'No changes'}** in {duration(document['seconds'])}"


def _losses(document: Document) -> Iterator[str]:
    for layer in document["layers"]:
        for loss in layer.get("losses", []):
            name = ".".join(part for part in (loss["address"], loss["attribute"]) if part)
            yield f"- `{layer['layer']}` {_code(name)}: {_prose(visible_line(loss['how']))}"
            if loss["attribute"]:
                yield f"  - old: {_code(str(loss['old']))}"
                yield f"  - new: {_code(str(loss['new']))}"
        if layer["changes"]["destroy"] and not layer.get("losses"):
            yield f"- `{layer['layer']}` destroys {layer['changes']['destroy']}"


def _folded(details: Details, room: int) -> Iterator[str]:
    for layer, text in details.items():
        if not text:
            continue
        text = visible(text)
        fence = "~" * max(3, 1 + max((len(run) for run in _tildes(text)), default=0))
        block = f"\n<details><summary>{layer}</summary>\n\n{fence}\n{text}\n{fence}\n\n</details>\n"
        if len(block) > room:
            yield f"\n{layer}: its plan is too long for a comment; see the run's output.\n"
            continue
        room -= len(block)
        yield block


def _tildes(text: str) -> Iterator[str]:
    return (part for line in text.splitlines() if (part := line[: len(line) - len(line.lstrip("~"))]))


def _first(text: str) -> str:
    return text.partition("\n")[0]


def _cell(text: str) -> str:
    return _prose(text).replace("|", "\\|")


def _prose(text: str) -> str:
    """Without the beginnings of tags, links, images and code: a name in AWS is no part of the page."""
    return _MARKS.sub(r"\\\g<0>", text)


def _code(text: str) -> str:
    """A value as it is, on one line; what marks its ends is longer than anything like it inside."""
    text = visible_line(text)
    mark = "`" * (1 + max(map(len, _TICKS.findall(text)), default=0))
    space = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{mark}{space}{text}{space}{mark}"


FORMATS: dict[str, Callable[[Document, Details], str]] = {
    ".json": as_json,
    ".xml": as_junit,
    ".md": as_markdown,
}
