"""dpctl: an AWS data pipeline as code, rehearsed on a laptop before it touches AWS."""

__version__ = "0.1.0"

SCHEMA_VERSION = 1
"""The version of every JSON document that a command prints; docs/schemas/ describes the documents."""

__all__ = ["SCHEMA_VERSION", "__version__"]
