"""Adoption: what a plan wants to create, but AWS has already, is imported instead.

``Search`` takes a plan's JSON, asks one resolver per resource type whether the thing is there, and remembers
the import ids; ``write_imports`` makes import blocks of them. A resolver is a pure description of a look-up:
the planned values in, the import id out, with the calls made through an ``Inventory`` that remembers them.
"""

from dpctl.deploy.adopt.inventory import Inventory
from dpctl.deploy.adopt.registry import KINDS, Kind
from dpctl.deploy.adopt.search import Adoption, NotAdopted, Search
from dpctl.deploy.adopt.write import HEADER, belongs_elsewhere, render, targets, write_imports

__all__ = [
    "HEADER",
    "KINDS",
    "Adoption",
    "Inventory",
    "Kind",
    "NotAdopted",
    "Search",
    "belongs_elsewhere",
    "render",
    "targets",
    "write_imports",
]
