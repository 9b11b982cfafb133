"""An env.yaml that was checked before is not checked again, where only its values are wanted.

Checking takes pydantic and the models of every section: more than half of what ``dpctl unload --sql`` would
cost. So the values of a file without errors are kept in the user's cache, known by the file's bytes and by
the code that checked them, and come back as plain objects with the same attributes. Whoever needs the models
themselves (their defaults, their fields) calls :func:`dpctl.config.load_environment`.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dpctl import __version__, usercache
from dpctl.config.environment import FILE, Environment

if TYPE_CHECKING:
    from dpctl.config.models import EnvConfig

MAX_BYTES = 4 * 1024 * 1024


class Known:
    """The values of one section: what was a field of its model is an attribute."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def known_environment(root: Path, name: str) -> Environment:
    """The environment, from the cache where its file is the same as when it was last checked.

    Raises what :func:`dpctl.config.load_environment` raises.
    """
    path = root / "live" / name / FILE
    key = _key(path, name)
    place = f"env-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.json"
    if key and (values := _recall(place, key)) is not None:
        return Environment(name, root, path, cast("EnvConfig", values))
    from dpctl.config.load import load_environment

    environment = load_environment(root, name)
    if key:
        usercache.save(place, {"key": key, "values": _encoded(environment.config)})
    return environment


def _recall(place: str, key: str) -> Any:
    kept = usercache.load(place)
    with suppress(TypeError, LookupError, ValueError, AttributeError):
        found = _decoded(kept["values"]) if kept["key"] == key else None
        return found if isinstance(found, Known) else None
    return None


def _key(path: Path, name: str) -> str:
    """What a checked file is known by; empty where it can't be read: then the loader says why."""
    try:
        content = path.read_bytes()
        files = sorted(Path(__file__).parent.glob("*.py"))
        code = [(file.name, found.st_size, found.st_mtime_ns) for file in files for found in [file.stat()]]
    except (OSError, ValueError):
        return ""
    if len(content) > MAX_BYTES:
        return ""
    return hashlib.sha256(repr((__version__, code, name, content)).encode()).hexdigest()


def _encoded(value: Any) -> Any:
    """A value as JSON: a model is ``{"fields": ...}``, a mapping ``{"items": ...}``."""
    fields = getattr(type(value), "model_fields", None)
    if fields is not None:
        return {"fields": {name: _encoded(getattr(value, name)) for name in fields}}
    if isinstance(value, dict):
        return {"items": [[key, _encoded(item)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_encoded(item) for item in value]
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "fields" in value:
        return Known({name: _decoded(item) for name, item in value["fields"].items()})
    return {key: _decoded(item) for key, item in value["items"]}
