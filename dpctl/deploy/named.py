"""What somebody has named on the command line, to be destroyed or lost: each name counts for one layer."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock


class Named:
    """Addresses, or names below one (``ADDRESS.attribute``); ``LAYER:`` may stand before each.

    A name counts for the layer it gives, or else for the first layer that needs it: the same address in a
    second layer is another thing, that nobody has looked at.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._layers: dict[tuple[str, str], str] = {}
        self._lock = Lock()
        for given in names:
            layer, name = split(given)
            self._layers[layer, name] = layer

    def covers(self, layer: str, *names: str) -> bool:
        """Whether one of ``names``, which all mean the thing in question, was given for this layer."""
        with self._lock:
            for key, owner in self._layers.items():
                if key[1] in names and owner in ("", layer):
                    self._layers[key] = layer
                    return True
        return False


def split(given: str) -> tuple[str, str]:
    """``LAYER:ADDRESS`` in two; a colon within brackets is part of an address."""
    layer, colon, name = given.partition(":")
    return (layer, name) if colon and "." not in layer and "[" not in layer else ("", given)
