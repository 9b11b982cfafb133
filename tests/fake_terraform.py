"""A stand-in for the terraform executable: follows a script, and records how it was called.

As a program it is run by path; ``FAKE_TERRAFORM`` in its environment names a folder. ``script.json`` in it
says what to do for each unit and command; ``calls.jsonl`` is written. As a module it offers FakeTerraform,
which sets that up.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path


class FakeTerraform:
    """The executable for one test. ``program`` is its path, to be given as DPCTL_TERRAFORM."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def program(self) -> Path:
        path = self.folder / "terraform"
        if not path.exists():
            path.write_text(f"#!{sys.executable} -IS\n" + Path(__file__).read_text(encoding="utf-8"))
            path.chmod(0o755)
        return path

    def script(self, **units) -> None:
        """Say what happens: ``static={"plan": {"changes": [...]}, "apply": {"error": "..."}}``.

        A command's keys: changes ([address, action] pairs), outputs, error (a diagnostic), code, seconds,
        prose (lines that are not JSON), begins (addresses), made ([address, id] pairs), warnings.
        """
        (self.folder / "script.json").write_text(json.dumps(units))

    def show(self, document: dict) -> None:
        """Say what ``show -json`` prints."""
        (self.folder / "show.json").write_text(json.dumps(document))

    @property
    def calls(self) -> list[dict]:
        """Every call so far, in the order they ended: unit, command, argv, cwd, environ, started, ended."""
        path = self.folder / "calls.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def commands(self, *names: str) -> list[str]:
        """``unit command`` of the calls so far; only of some commands when they are named."""
        wanted = names or ("init", "plan", "apply", "show")
        return [f"{call['unit']} {call['command']}" for call in self.calls if call["command"] in wanted]


def unit_of(cwd: Path) -> str:
    parts = cwd.parts
    return parts[parts.index("units") + 2].removesuffix("-sandbox")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def event(kind: str, message: str = "", **fields) -> None:
    say(json.dumps({"@level": "info", "@message": message, "type": kind, **fields}))


def resource(address: str) -> dict:
    bare = address.rpartition("module.")[2]
    kind = next(part for part in bare.split(".") if part.startswith(("aws_", "terraform_")))
    return {"addr": address, "resource_type": kind, "module": "", "resource": address}


def state_of(changes: list, outputs: dict) -> dict:
    resources = [
        {
            "mode": "managed",
            "type": resource(a)["resource_type"],
            "name": a.rpartition(".")[2],
            "instances": [{}],
        }
        for a, action in changes
        if action != "delete"
    ]
    return {
        "version": 4,
        "serial": 1,
        "lineage": "fake",
        "outputs": {name: {"value": value, "type": "string"} for name, value in outputs.items()},
        "resources": resources,
    }


def count(changes: list) -> dict:
    add = sum(action in ("create", "replace") for _, action in changes)
    remove = sum(action in ("delete", "replace") for _, action in changes)
    change = sum(action == "update" for _, action in changes)
    return {"add": add, "change": change, "remove": remove, "import": 0}


def fail(doing: dict) -> None:
    if "error" in doing:
        place = {"filename": "main.tf", "start": {"line": 3}} if doing.get("located", True) else None
        diagnostic = {"severity": "error", "summary": doing["error"], "detail": "", "range": place}
        event("diagnostic", diagnostic=diagnostic)


def run(command: str, doing: dict, cwd: Path) -> int:
    event("version", terraform="1.11.4", ui="1.2")
    for line in doing.get("prose", []):
        say(line)
    for address in doing.get("begins", []):
        event("apply_start", hook={"resource": resource(address), "action": "create"})
    for address, identity in doing.get("made", []):
        hook = {"resource": resource(address), "action": "create", "id_key": "id", "id_value": identity}
        event("apply_complete", hook=hook)
    if doing.get("dies"):
        os.kill(os.getpid(), signal.SIGKILL)
    if "errored" in doing:
        (cwd / "errored.tfstate").write_text(json.dumps(state_of(doing["errored"], {})))
    wait(doing.get("seconds", 0), stubborn=doing.get("stubborn", False))
    for warning in doing.get("warnings", []):
        event("diagnostic", diagnostic={"severity": "warning", "summary": warning, "detail": ""})
    fail(doing)
    if "error" in doing or doing.get("code"):
        return doing.get("code", 1)
    destroy = "-destroy" in sys.argv
    changes = doing.get("changes", [])
    file = cwd / "terraform.tfstate"
    if command == "plan":
        if destroy:
            held = json.loads(file.read_text())["resources"]
            changes = doing.get("changes") or [[f"{r['type']}.{r['name']}", "delete"] for r in held]
        elif "until_forgotten" in doing:
            held = [f"{r['type']}.{r['name']}" for r in json.loads(file.read_text())["resources"]]
            changes = [one for one in doing["until_forgotten"] if one[0] in held]
        elif "changes" not in doing and not file.exists():
            changes = [["terraform_data.x", "create"]]
        for address, action in changes:
            event("planned_change", change={"resource": resource(address), "action": action})
        event("change_summary", changes={**count(changes), "operation": "plan"})
        (cwd / "dpctl.tfplan").write_text(json.dumps({"changes": changes, "destroy": destroy}))
        return 2 if changes else 0
    planned = json.loads((cwd / "dpctl.tfplan").read_text())
    outputs = {} if planned["destroy"] else doing.get("outputs", {"text": unit_of(cwd)})
    file.write_text(json.dumps(state_of(planned["changes"], outputs)))
    for address, action in planned["changes"]:
        event("apply_complete", hook={"resource": resource(address), "action": action})
    event("change_summary", changes={**count(planned["changes"]), "operation": "apply"})
    return 0


def push(file: Path, cwd: Path, doing: dict) -> int:
    if "error" in doing:
        say(doing["error"])
        return 1
    (cwd / "terraform.tfstate").write_text(file.read_text())
    return 0


def forget(addresses: list, cwd: Path) -> int:
    file = cwd / "terraform.tfstate"
    state = json.loads(file.read_text())
    state["resources"] = [r for r in state["resources"] if f"{r['type']}.{r['name']}" not in addresses]
    file.write_text(json.dumps(state))
    return 0


def wait(seconds: float, *, stubborn: bool) -> None:
    """Sleep, and stop in order when interrupted; a stubborn one writes down its pid and stays."""
    stopped: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: stopped.append(number))
    deadline = time.monotonic() + seconds
    if seconds:
        (Path(os.environ["FAKE_TERRAFORM"]) / "pid").write_text(str(os.getpid()))
    while time.monotonic() < deadline:
        time.sleep(0.02)
        if stopped and not stubborn:
            sys.exit(1)


def main() -> int:
    folder, cwd = Path(os.environ["FAKE_TERRAFORM"]), Path.cwd()
    command = sys.argv[1]
    if command == "version":
        version = folder / "version"
        say(json.dumps({"terraform_version": version.read_text() if version.exists() else "1.11.4"}))
        return 0
    script = json.loads((folder / "script.json").read_text()) if (folder / "script.json").exists() else {}
    started = time.time()
    code = 1
    try:
        if command == "init":
            (cwd / ".terraform").mkdir(exist_ok=True)
            doing = script.get(unit_of(cwd), {}).get("init", {})
            for line in doing.get("prose", []):
                say(line)
            code = int((cwd / ".terraform" / "poison").exists() or doing.get("code", 0))
        elif sys.argv[1:3] == ["state", "rm"]:
            code = forget(sys.argv[3:], cwd)
        elif command == "state":
            code = push(Path(sys.argv[-1]), cwd, script.get(unit_of(cwd), {}).get("push", {}))
        elif command == "show":
            shown = folder / "show.json"
            say(shown.read_text() if shown.exists() else json.dumps({"resource_changes": []}))
            code = 0
        else:
            code = run(command, script.get(unit_of(cwd), {}).get(command, {}), cwd)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    finally:
        call = {
            "unit": unit_of(cwd),
            "command": command,
            "argv": sys.argv[1:],
            "cwd": str(cwd),
            "environ": {k: v for k, v in os.environ.items() if k.startswith(("TF_", "AWS_", "CHECKPOINT"))},
            "inputs": json.loads((cwd / "dpctl.auto.tfvars.json").read_text()),
            "imports": sum(file.read_text().count("import {") for file in cwd.glob("*.tf")),
            "started": started,
            "ended": time.time(),
            "code": code,
        }
        with (folder / "calls.jsonl").open("a") as file:
            file.write(json.dumps(call) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
