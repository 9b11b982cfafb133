"""Counts, sizes and durations as a person reads them."""

from __future__ import annotations


def amount(count: int | None, noun: str) -> str:
    """``1 row``, ``1,000 rows``; ``an unknown number of rows`` where it is not known."""
    if count is None:
        return f"an unknown number of {noun}s"
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def size(count: int | None) -> str:
    """Bytes in decimal units: ``12.3 MB`` is 12,300,000 of them."""
    if count is None:
        return "unknown size"
    value = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def duration(seconds: float) -> str:
    """``4.2s``, ``1m05s``."""
    if seconds < 60:
        return f"{seconds:.1f}s"
    return f"{int(seconds // 60)}m{int(seconds % 60):02d}s"
