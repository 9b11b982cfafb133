"""Run every bench and print a table: what was measured, the ratio or figure, and the goal.

A bench is a function that yields Figures; ``python -m tests.bench NAME...`` runs only those named.
"""

from __future__ import annotations

import sys
import time

from tests.bench import BENCHES


def main(names: list[str]) -> None:
    """Run the benches named, or all."""
    unknown = set(names) - set(BENCHES)
    if unknown:
        sys.exit(f"no such bench: {', '.join(sorted(unknown))}; known: {', '.join(BENCHES)}")
    print(f"{'bench':<12}{'measured':<78}{'value':>10}  goal")
    for name, load in BENCHES.items():
        if names and name not in names:
            continue
        began = time.monotonic()
        for figure in load()():
            print(f"{name:<12}{figure.what:<78}{figure.value:>10.3g}  {figure.goal}", flush=True)
        print(f"{'':<12}({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
