"""Discovery and graph of generated trees: seconds, memory, and whether time grows as the number of units."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import Figure
from tests.bench.tree import generate

# Run in a process of its own, so that nothing is warm that a user's would not be.
PROBE = """
import json, resource, sys, time
from pathlib import Path
began = time.perf_counter()
from dpctl import livetree
from dpctl.graph import Graph
root = Path(sys.argv[1])
graph = Graph.build(livetree.load_all(livetree.discover(root, "dev")))
waves = graph.waves()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([time.perf_counter() - began, peak, sum(len(wave) for wave in waves)]))
"""


def probe(root: Path) -> list[float]:
    """Seconds, peak memory in MB, and units of one discovery in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(root)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def figures() -> Iterator[Figure]:
    """1,000 units in 10 layers, cold and warm; and the growth from 250 units."""
    with tempfile.TemporaryDirectory() as folder:
        small = generate(Path(folder) / "small", units=250, layers=10)
        large = generate(Path(folder) / "large", units=1000, layers=10)
        small_cold, _, _ = probe(small)
        cold, memory, units = probe(large)
        warm = min(probe(large)[0] for _ in range(3))
        small_warm = min(probe(small)[0] for _ in range(3))
    yield Figure(f"{units:.0f} units, cold (s)", cold, "under 1.8 on a quiet machine")
    yield Figure(f"{units:.0f} units, warm (s)", warm, "under 1 on a quiet machine")
    yield Figure("memory (MB)", memory, "under 200")
    yield Figure("growth of time per growth of units, cold (250 to 1,000)", cold / small_cold / 4, "about 1")
    yield Figure("growth of time per growth of units, warm (250 to 1,000)", warm / small_warm / 4, "about 1")
