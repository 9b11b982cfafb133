"""The graph as one self-contained SVG: a column per wave, arrows along which outputs travel, no scripts.

It follows the reader's light or dark setting, and hovering an arrow or a layer tells the whole story.
"""

from __future__ import annotations

from dataclasses import dataclass

from dpctl.amounts import amount
from dpctl.graph import Edge, Graph
from dpctl.livetree import Unit
from dpctl.visible import markup as escape

NODE_WIDTH, NODE_HEIGHT = 200, 64
COLUMN_GAP, ROW_GAP = 330, 44
BEND = 120  # the part of the gap where arrows curve; the rest is level, and carries the label
MARGIN, HEAD = 40, 118
LABEL_LINES = 4  # outputs written on an arrow; the rest is in its tooltip
LABEL_STEP = 14
PORT_STEP = 20  # between the ends of arrows into one card
MAX_LABELS = 60  # more arrows than this are drawn without labels

# Plain colours first, for viewers that know no media queries; then the dark ones.
STYLE = """
  text { font-family: ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif; fill: #172033; }
  .paper { fill: #ffffff; } .band { fill: #f4f6fa; }
  .title { font-size: 20px; font-weight: 650; } .sub { font-size: 12.5px; }
  .wave { font-size: 11px; font-weight: 650; letter-spacing: .12em; }
  .card { fill: #ffffff; stroke: #c9d3e6; stroke-width: 1.2; } .tab { fill: #2f6fed; }
  .name { font-size: 14.5px; font-weight: 600; } .note { font-size: 11.5px; }
  .sub, .wave, .note { fill: #5b6780; }
  .arrow { fill: none; stroke: #8fa0bf; stroke-width: 1.6; } .tip { fill: #8fa0bf; }
  .label { font-size: 11px; fill: #3d4a66; }
  .edge:hover .arrow { stroke: #2f6fed; stroke-width: 2.4; } .edge:hover .label { fill: #2f6fed; }
  @media (prefers-color-scheme: dark) {
    text { fill: #eef2fb; } .paper { fill: #10141d; } .band { fill: #171d2a; }
    .card { fill: #1f2738; stroke: #35415c; } .tab { fill: #7aa7ff; }
    .sub, .wave, .note { fill: #97a3bc; }
    .arrow { stroke: #6d7fa3; } .tip { fill: #6d7fa3; } .label { fill: #c3cde2; }
    .edge:hover .arrow { stroke: #7aa7ff; } .edge:hover .label { fill: #7aa7ff; }
  }
"""


@dataclass(frozen=True)
class Spot:
    """Where a unit's card is: its upper left corner."""

    x: float
    y: float

    @property
    def middle(self) -> float:
        """The height at which arrows come and go."""
        return self.y + NODE_HEIGHT / 2


def as_svg(graph: Graph, env: str) -> str:
    """Draw the graph. Raises nothing; an empty graph is an empty page with its title."""
    tallest = max((len(wave) for wave in graph.waves()), default=0)
    heights = tallest * (NODE_HEIGHT + ROW_GAP) - ROW_GAP
    columns = max(len(graph.waves()), 1)
    width = 2 * MARGIN + columns * NODE_WIDTH + (columns - 1) * COLUMN_GAP
    width = max(width, 480)
    height = HEAD + max(heights, 0) + MARGIN
    spots = _spots(graph, heights)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="{escape(env)}: layers and waves">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
        'orient="auto"><path class="tip" d="M0 0 L10 5 L0 10 z"/></marker></defs>',
        f'<rect class="paper" width="{width}" height="{height}"/>',
        *_head(graph, env),
        *_bands(graph, height),
    ]
    parts += _arrows(graph, spots)
    parts += [_card(graph, unit, spots[unit]) for unit in graph.units]
    return "\n".join([*parts, "</svg>"])


def _spots(graph: Graph, heights: float) -> dict[Unit, Spot]:
    """Each wave is a column, centred on the tallest one."""
    spots = {}
    for column, wave in enumerate(graph.waves()):
        own = len(wave) * (NODE_HEIGHT + ROW_GAP) - ROW_GAP
        top = HEAD + (heights - own) / 2
        for row, unit in enumerate(wave):
            x = MARGIN + column * (NODE_WIDTH + COLUMN_GAP)
            spots[unit] = Spot(x, top + row * (NODE_HEIGHT + ROW_GAP))
    return spots


def _head(graph: Graph, env: str) -> list[str]:
    layers, waves = len(graph.units), len(graph.waves())
    text = f"{amount(layers, 'layer')} in {amount(waves, 'wave')}"
    text += "; an arrow carries outputs to the layer that waits for them"
    return [
        f'<text class="title" x="{MARGIN}" y="42">{escape(env)}</text>',
        f'<text class="sub" x="{MARGIN}" y="63">{text}</text>',
    ]


def _bands(graph: Graph, height: float) -> list[str]:
    parts = []
    for column in range(len(graph.waves())):
        x = MARGIN + column * (NODE_WIDTH + COLUMN_GAP)
        parts.append(
            f'<rect class="band" x="{x - 16}" y="80" width="{NODE_WIDTH + 32}" '
            f'height="{height - 96}" rx="12"/>'
        )
        parts.append(f'<text class="wave" x="{x}" y="102">WAVE {column + 1}</text>')
    return parts


def _card(graph: Graph, unit: Unit, spot: Spot) -> str:
    needs = [other.layer for other in graph.dependencies(unit)]
    note = f"after {', '.join(needs)}" if needs else "waits for nothing"
    return (
        f"<g><title>{escape(unit.name)}: {escape(note)}</title>"
        f'<rect class="card" x="{spot.x}" y="{spot.y:g}" '
        f'width="{NODE_WIDTH}" height="{NODE_HEIGHT}" rx="10"/>'
        f'<rect class="tab" x="{spot.x}" y="{spot.y + 14:g}" width="4" height="{NODE_HEIGHT - 28}" rx="2"/>'
        f'<text class="name" x="{spot.x + 18}" y="{spot.y + 28:g}">{escape(_short(unit.layer, 22))}</text>'
        f'<text class="note" x="{spot.x + 18}" y="{spot.y + 47:g}">{escape(_short(note, 28))}</text></g>'
    )


def _arrows(graph: Graph, spots: dict[Unit, Spot]) -> list[str]:
    """Arrows into one card end below each other, sorted by where they start, so that none hides another."""
    coming: dict[Unit, list[Edge]] = {}
    for edge in graph.edges:
        coming.setdefault(edge.source, []).append(edge)
    labelled = len(graph.edges) <= MAX_LABELS
    parts = []
    for unit, edges in coming.items():
        edges.sort(key=lambda edge: (spots[edge.target].y, edge.target.layer))
        step = min(PORT_STEP, (NODE_HEIGHT - 16) / max(len(edges) - 1, 1))
        for number, edge in enumerate(edges):
            y = spots[unit].middle + (number - (len(edges) - 1) / 2) * step
            most = LABEL_LINES if len(edges) == 1 else 1 if labelled and step == PORT_STEP else 0
            parts.append(_arrow(edge, spots[edge.target], spots[unit].x, y, most if labelled else 0))
    return parts


def _arrow(edge: Edge, start: Spot, end: float, y2: float, lines: int) -> str:
    x1, y1, x2 = start.x + NODE_WIDTH, start.middle, end - 2
    level = x2 - (COLUMN_GAP - BEND)
    bend = f"C{x1 + BEND / 2:g} {y1:g} {level - BEND / 2:g} {y2:g} {level:g} {y2:g}"
    path = f"M{x1:g} {y1:g} {bend} H{x2:g}"
    names = ["all outputs" if name == "*" else name for name in edge.outputs]
    story = f"{edge.source.layer} waits for {edge.target.layer}"
    title = escape(story + (": " + ", ".join(names) if names else ""))
    return (
        f'<g class="edge"><title>{title}</title>'
        f'<path class="arrow" d="{path}" marker-end="url(#tip)"/>{_label(names, lines, x2 - 16, y2)}</g>'
    )


def _label(names: list[str], most: int, x: float, y: float) -> str:
    """The first outputs along the level end of the arrow, half above it and half below."""
    if not most or not names:
        return ""
    rest = len(names) - most
    if most == 1:
        lines = [_short(names[0], 32) + (f" and {rest} more" if rest else "")]
    else:
        lines = [_short(name, 32) for name in (names if rest <= 0 else names[: most - 1])]
        lines += [f"and {rest + 1} more"] if rest > 0 else []
    above = (len(lines) + 1) // 2
    return "".join(
        f'<text class="label" text-anchor="end" x="{x:g}" '
        f'y="{y + LABEL_STEP * (number - above) + (8 if number < above else 14):g}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
