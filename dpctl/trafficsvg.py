"""The bill over the traffic as one self-contained SVG: a line for each source, and where it breaks.

Both axes are logarithmic: ten times the writes, or the dollars, is one step. It follows the reader's light or
dark setting; hovering a point tells its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

from dpctl.traffic import Point
from dpctl.visible import markup as escape

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 90, 130, 70, 60
STYLE = """
  text { font-family: ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif;
    fill: #172033; font-size: 12px; }
  .paper { fill: #ffffff; } .grid { stroke: #dfe5f0; } .title { font-size: 18px; font-weight: 650; }
  .line { fill: none; stroke-width: 2.5; } .cloudtrail { stroke: #b45309; } .stream { stroke: #2f6fed; }
  .dot { fill: #ffffff; stroke-width: 2; } .broken { stroke-dasharray: 5 5; } .note { fill: #5b6780; }
  @media (prefers-color-scheme: dark) {
    text { fill: #eef2fb; } .paper, .dot { fill: #10141d; } .grid { stroke: #2a3448; }
    .cloudtrail { stroke: #f0a04b; } .stream { stroke: #7aa7ff; } .note { fill: #97a3bc; }
  }
"""


def as_svg(points: Iterable[Point], env: str) -> str:
    """Draw the curve. ``points`` are those of `dpctl.traffic.curve`, at least two rates of each source."""
    points = list(points)
    rates = [point.writes_per_minute for point in points]
    low = math.floor(math.log10(min(max(point.usd, 1) for point in points)))
    high = max(math.ceil(math.log10(max(max(point.usd, 1) for point in points))), low + 1)
    first, last = math.log10(min(rates)), math.log10(max(rates))

    def x(rate: float) -> float:
        return LEFT + (math.log10(rate) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(usd: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(max(usd, 1)) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    title = f"{env}: US dollars a month over writes a minute"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text class="title" x="{LEFT}" y="36">{escape(title)}</text>',
    ]
    for power in range(low, high + 1):
        at = y(10**power)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.1f} H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 10}" y="{at + 4:.1f}" text-anchor="end">{10**power:,}</text>')
    for rate in dict.fromkeys(rates):
        parts.append(
            f'<text x="{x(rate):.1f}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">{rate:,}</text>'
        )
    for source in dict.fromkeys(point.source for point in points):
        parts += _line([(x(p.writes_per_minute), y(p.usd), p) for p in points if p.source == source])
    broken = next((point for point in points if point.breaks), None)
    if broken:
        note = f"dashed: {broken.source} breaks there; {broken.breaks}, and the rest waits for ever"
        parts.append(f'<text class="note" x="{LEFT}" y="{HEIGHT - 12}">{escape(note)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _line(places: list[tuple[float, float, Point]]) -> list[str]:
    """The line of one source; the stretches that lead to a rate that can't be had are dashed."""
    source = places[0][2].source
    parts = []
    for (x1, y1, _), (x2, y2, point) in pairwise(places):
        broken = " broken" if point.breaks else ""
        parts.append(f'<path class="line {source}{broken}" d="M{x1:.1f} {y1:.1f} L{x2:.1f} {y2:.1f}"/>')
    for x, y, point in places:
        tip = f"{source}, {point.writes_per_minute:,} writes a minute: {point.usd:,.0f} USD a month"
        tip += f"; {point.breaks}" if point.breaks else ""
        circle = f'<circle class="dot {source}" cx="{x:.1f}" cy="{y:.1f}" r="4">'
        parts.append(f"{circle}<title>{escape(tip)}</title></circle>")
    x, y, _ = places[-1]
    return [*parts, f'<text x="{x + 12:.1f}" y="{y + 4:.1f}">{source}</text>']
