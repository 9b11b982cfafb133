"""GlueContext: the Spark session, and nothing of the dynamic frames."""

from __future__ import annotations

import logging
from typing import Any


class GlueContext:
    """Has ``spark_session`` and ``get_logger``; anything else is said not to be here, by name."""

    def __init__(self, sparkContext: Any, **options: Any) -> None:
        from pyspark.sql import SparkSession

        self.spark_session = SparkSession.builder.getOrCreate()

    def get_logger(self) -> logging.Logger:
        """A logger of Python's."""
        return logging.getLogger("glue")

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(
            f"GlueContext.{name} is in Glue's Java library, which the sandbox has not. "
            "Use the plain Spark session (context.spark_session), which runs in both."
        )
