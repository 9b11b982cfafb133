"""dpctl: an AWS data pipeline as code, rehearsed on a laptop before it touches AWS."""

__version__ = "0.1.0"

__all__ = ["__version__"]
