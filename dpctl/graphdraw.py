"""The graph as text, JSON, Mermaid and Graphviz. Pure: a graph in, a text out."""

from __future__ import annotations

import json
from typing import Any

from dpctl import SCHEMA_VERSION
from dpctl.amounts import amount
from dpctl.graph import Edge, Graph

SHOWN_OUTPUTS = 6


def document(graph: Graph, env: str) -> dict[str, Any]:
    """The JSON document; docs/schemas/graph.schema.json describes it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "env": env,
        "waves": [[unit.layer for unit in wave] for wave in graph.waves()],
        "edges": [
            {"from": edge.source.layer, "to": edge.target.layer, "outputs": list(edge.outputs)}
            for edge in graph.edges
        ],
    }


def as_json(graph: Graph, env: str) -> str:
    """The JSON document as text."""
    return json.dumps(document(graph, env), indent=2)


def as_text(graph: Graph, env: str, *, every_output: bool = False) -> str:
    """Waves with what each layer waits for, for a terminal."""
    count, waves = len(graph.units), graph.waves()
    lines = [f"{env}: {amount(count, 'layer')} in {amount(len(waves), 'wave')}"]
    edges: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        edges.setdefault(edge.source.layer, []).append(edge)
    for number, wave in enumerate(waves, start=1):
        lines += ["", f"wave {number}"]
        for unit in wave:
            lines.append(f"  {unit.layer}")
            for edge in edges.get(unit.layer, ()):
                taken = _outputs(edge, len(edge.outputs) if every_output else SHOWN_OUTPUTS)
                lines.append(f"    waits for {edge.target.layer}" + (f": {taken}" if taken else ""))
    return "\n".join(lines)


def as_mermaid(graph: Graph, env: str) -> str:
    """A Mermaid flowchart: GitHub and many editors draw it."""
    names = {unit: f"u{number}" for number, unit in enumerate(graph.units)}
    lines = ["flowchart LR"]
    for number, wave in enumerate(graph.waves(), start=1):
        lines.append(f'  subgraph w{number}["wave {number}"]')
        lines += [f'    {names[unit]}["{_entities(unit.layer)}"]' for unit in wave]
        lines.append("  end")
    for edge in graph.edges:
        label = f'|"{_entities(_outputs(edge, 3))}"|' if edge.outputs else ""
        lines.append(f"  {names[edge.target]} -->{label} {names[edge.source]}")
    return "\n".join(lines)


def as_dot(graph: Graph, env: str) -> str:
    """Graphviz: ``dpctl graph --format dot | dot -Tpng``."""
    lines = [f"digraph {json.dumps(env)} {{", "  rankdir=LR;", '  node [shape=box, style="rounded"];']
    for wave in graph.waves():
        names = "; ".join(json.dumps(unit.layer) for unit in wave)
        lines.append(f"  {{ rank=same; {names}; }}")
    for edge in graph.edges:
        label = f" [label={json.dumps(_outputs(edge, 3))}]" if edge.outputs else ""
        lines.append(f"  {json.dumps(edge.target.layer)} -> {json.dumps(edge.source.layer)}{label};")
    return "\n".join([*lines, "}"])


def _outputs(edge: Edge, most: int) -> str:
    shown = ["all outputs" if name == "*" else name for name in edge.outputs[:most]]
    rest = len(edge.outputs) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
