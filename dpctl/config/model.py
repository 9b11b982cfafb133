"""What the models of env.yaml have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """The base of every model here.

    Validators are built when they are first used, and one for all of env.yaml: therefore defaults that are
    models come from factories.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)
