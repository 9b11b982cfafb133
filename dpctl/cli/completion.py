"""What the shell offers after Tab: names of the repository here, read from its files, not evaluated."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def environments() -> list[str]:
    """The environments of the repository here."""
    from dpctl.config import environment_names

    root = _root()
    return environment_names(root) if root else []


def layers() -> list[str]:
    """The layers of the repository here, in any environment."""
    root = _root()
    if root is None:
        return []
    units = root.glob("live/*/**/terragrunt.hcl")
    return sorted({"/".join(path.parent.relative_to(root / "live").parts[1:]) for path in units} - {""})


def tables() -> list[str]:
    """The tables of the repository here, in any environment."""
    import yaml

    root, names = _root(), set()
    for path in root.glob("live/*/env.yaml") if root else ():
        with suppress(OSError, ValueError, yaml.YAMLError, AttributeError):
            names |= set(yaml.safe_load(path.read_text(encoding="utf-8")).get("tables") or {})
    return sorted(str(name) for name in names)


def checks() -> list[str]:
    """The codes of the doctor's checks."""
    from dpctl.doctor.checks import ALL

    return [check.code for check in ALL]


def _root() -> Path | None:
    here = Path.cwd().resolve()
    return next((folder for folder in (here, *here.parents) if (folder / "live").is_dir()), None)
