"""The outputs of units, as their dependents need them: from state, read once a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

from dpctl import jsontext
from dpctl.deploy import workdir
from dpctl.deploy.state import State, States
from dpctl.errors import ConfigError, Problem
from dpctl.livetree import RemoteState, Unit, load, preview
from dpctl.livetree.discovery import unit_at


@dataclass
class Outputs:
    """Reads units' states, and remembers them until a unit is applied (``forget``).

    After an apply the outputs that are not sensitive are also kept under ``folder``: a destroy that is run
    again finds them there when the unit they came from is gone already.
    """

    states: States
    folder: Path
    environ: Mapping[str, str]
    sandboxed: bool
    _states: dict[Path, State | None] = field(default_factory=dict)
    _remotes: dict[Path, tuple[RemoteState | None, Path]] = field(default_factory=dict)
    _lock: Any = field(default_factory=RLock)

    def __call__(self, directory: Path) -> Mapping[str, Any] | None:
        """The outputs of the unit in a directory; None where it is not applied, or has none."""
        state = self.state(self.unit_at(directory))
        return state.outputs if state is not None and state.outputs else None

    def or_last_known(self, directory: Path) -> Mapping[str, Any] | None:
        """As above; where the unit is gone, what it gave when it was last applied."""
        found = self(directory)
        if found is not None:
            return found
        file = self._file(self.unit_at(directory))
        try:
            return jsontext.read(file.read_bytes()).mapping() or None
        except (OSError, jsontext.Unreadable):
            return None

    def state(self, unit: Unit) -> State | None:
        """A unit's state, or None."""
        with self._lock:
            if unit.directory not in self._states:
                remote, path = self.place(unit)
                self._states[unit.directory] = self.states.read(remote, path)
            return self._states[unit.directory]

    def place(self, unit: Unit) -> tuple[RemoteState | None, Path]:
        """Where a unit's state is: its backend, and its work directory. Needs no outputs of others."""
        with self._lock:
            if unit.directory not in self._remotes:
                path = workdir.location(self.folder, unit, load(unit).source, sandboxed=self.sandboxed).path
                self._remotes[unit.directory] = (preview(unit, environ=self.environ).remote_state, path)
            return self._remotes[unit.directory]

    def forget(self, unit: Unit) -> None:
        """Read the unit's state anew the next time."""
        with self._lock:
            self._states.pop(unit.directory, None)

    def keep(self, unit: Unit) -> None:
        """Write down what the unit gives, without its secrets."""
        state = self.state(unit)
        if state is None or not state.outputs:
            return
        file = self._file(unit)
        file.parent.mkdir(parents=True, exist_ok=True)
        shown = {name: value for name, value in state.outputs.items() if name not in state.sensitive}
        file.write_text(json.dumps(shown, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        file.chmod(0o600)

    def _file(self, unit: Unit) -> Path:
        name = unit.layer.replace("/", "+") + ("-sandbox" if self.sandboxed else "")
        return self.folder / "outputs" / unit.env / f"{name}.json"

    def unit_at(self, directory: Path) -> Unit:
        """The unit of a directory. Raises ConfigError when there is none."""
        unit = unit_at(self.folder.parent, directory)
        if unit is None:
            raise ConfigError(Problem("missing-unit", f"there is no unit at {directory}", str(directory)))
        return unit
