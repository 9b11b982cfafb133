"""Waves, selection, cycles and the drawings of the graph."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpctl import graphdraw
from dpctl.errors import ConfigError, UsageError
from dpctl.graph import Graph
from dpctl.graphsvg import as_svg
from dpctl.livetree import Definition, Dependency, Unit

ROOT = Path("/repo")


def unit(layer):
    """A unit of dev."""
    directory = ROOT / "live/dev" / layer
    return Unit("dev", layer, directory, directory / "terragrunt.hcl")


def definitions(**needs):
    """Units from ``layer=[layers it waits for]``; each takes the output ``id``."""
    return [
        Definition(
            unit(layer),
            ROOT / "modules",
            tuple(
                Dependency(
                    name, unit(name).directory, file=f"live/dev/{layer}/terragrunt.hcl", line=10 + number
                )
                for number, name in enumerate(names)
            ),
            outputs_used={name: {"id": ("f", 1)} for name in names},
        )
        for layer, names in needs.items()
    ]


def layers(waves):
    """Waves as lists of layers."""
    return [[unit.layer for unit in wave] for wave in waves]


def test_waves_are_as_early_as_they_can_be_and_alphabetical():
    graph = Graph.build(definitions(d=["b", "c"], c=["a"], b=[], a=[], e=["d"]))
    assert layers(graph.waves()) == [["a", "b"], ["c"], ["d"], ["e"]]
    assert layers(graph.waves(reverse=True)) == [["e"], ["d"], ["c"], ["a", "b"]]
    assert [u.layer for u in graph.dependencies(unit("d"))] == ["b", "c"]
    assert [u.layer for u in graph.dependents(unit("a"))] == ["c"]


def test_edges_carry_the_outputs():
    dependency = Dependency("up", unit("a").directory)
    used = {"up": {"b": ("f", 1), "a": ("f", 2)}}
    made = [Definition(unit("a"), ROOT), Definition(unit("b"), ROOT, (dependency,), outputs_used=used)]
    (edge,) = Graph.build(made).edges
    assert (edge.source.layer, edge.target.layer, edge.outputs) == ("b", "a", ("a", "b"))


def test_paths_make_edges_without_outputs():
    made = [Definition(unit("a"), ROOT), Definition(unit("b"), ROOT, paths=(unit("a").directory,))]
    assert [edge.outputs for edge in Graph.build(made).edges] == [()]


def test_a_selection_keeps_the_order():
    graph = Graph.build(definitions(c=["b"], b=["a"], a=[], x=[]))
    assert layers(graph.select(["c", "x"]).waves()) == [["x"], ["c"]]
    assert layers(graph.select(["c"], with_dependencies=True).waves()) == [["a"], ["b"], ["c"]]
    assert [(e.source.layer, e.target.layer) for e in graph.select(["c", "b"]).edges] == [("c", "b")]
    assert graph.select([]) is graph


def test_an_unknown_layer_is_a_usage_error_with_a_guess():
    with pytest.raises(UsageError) as caught:
        Graph.build(definitions(static=[])).select(["statik"])
    assert (caught.value.hint, caught.value.why) == ("--layer static", "Known layers: static.")


def test_a_cycle_is_shown_as_a_path_from_its_first_name():
    with pytest.raises(ConfigError) as caught:
        Graph.build(definitions(d=["b"], c=["b"], b=["d"], a=[]))
    (problem,) = caught.value.problems
    assert problem.message == "these units wait for each other: dev/b -> dev/d -> dev/b"
    assert (problem.code, problem.file, problem.line) == ("cycle", "live/dev/b/terragrunt.hcl", 10)


def test_a_unit_that_waits_for_itself_is_a_cycle():
    with pytest.raises(ConfigError) as caught:
        Graph.build(definitions(a=["a"]))
    assert caught.value.problems[0].message == "these units wait for each other: dev/a -> dev/a"


def test_a_dependency_outside_is_a_problem_unless_the_graph_is_partial():
    with pytest.raises(ConfigError) as caught:
        Graph.build(definitions(a=["gone"]))
    assert [(p.code, p.line) for p in caught.value.problems] == [("missing-unit", 10)]
    assert layers(Graph.build(definitions(a=["gone"]), partial=True).waves()) == [["a"]]


NAMES = [f"u{number:02}" for number in range(12)]


@st.composite
def acyclic(draw):
    """Layers that wait only for layers before them in a random order."""
    order = draw(st.permutations(NAMES))
    return {
        name: draw(st.lists(st.sampled_from(order[:place]), unique=True, max_size=3)) if place else []
        for place, name in enumerate(order)
    }


@settings(max_examples=100, deadline=None)
@given(acyclic())
def test_waves_respect_every_edge_and_hold_every_unit_once(needs):
    graph = Graph.build(definitions(**needs))
    waves = layers(graph.waves())
    place = {layer: number for number, wave in enumerate(waves) for layer in wave}
    assert sorted(layer for wave in waves for layer in wave) == NAMES
    for layer, names in needs.items():
        assert place[layer] == max((place[name] + 1 for name in names), default=0)
    assert all(wave == sorted(wave) for wave in waves)
    reordered = dict(sorted(needs.items(), reverse=True))
    assert layers(Graph.build(definitions(**reordered)).waves()) == waves


@settings(max_examples=50, deadline=None)
@given(acyclic(), st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
def test_a_selection_with_dependencies_is_closed(needs, chosen):
    selected = Graph.build(definitions(**needs)).select(chosen, with_dependencies=True)
    inside = {unit.layer for unit in selected.units}
    assert set(chosen) <= inside
    assert all(set(needs[layer]) <= inside for layer in inside)


GRAPH = Graph.build(definitions(static=[], load=["static"], dump=["static", "load"]))


def test_text():
    assert graphdraw.as_text(GRAPH, "dev") == (
        "dev: 3 layers in 3 waves\n"
        "\n"
        "wave 1\n"
        "  static\n"
        "\n"
        "wave 2\n"
        "  load\n"
        "    waits for static: id\n"
        "\n"
        "wave 3\n"
        "  dump\n"
        "    waits for load: id\n"
        "    waits for static: id"
    )


def test_mermaid():
    assert graphdraw.as_mermaid(GRAPH, "dev") == (
        "flowchart LR\n"
        '  subgraph w1["wave 1"]\n    u0["static"]\n  end\n'
        '  subgraph w2["wave 2"]\n    u1["load"]\n  end\n'
        '  subgraph w3["wave 3"]\n    u2["dump"]\n  end\n'
        '  u1 -->|"id"| u2\n'
        '  u0 -->|"id"| u2\n'
        '  u0 -->|"id"| u1'
    )


def test_dot():
    assert graphdraw.as_dot(GRAPH, "dev") == (
        'digraph "dev" {\n'
        "  rankdir=LR;\n"
        '  node [shape=box, style="rounded"];\n'
        '  { rank=same; "static"; }\n'
        '  { rank=same; "load"; }\n'
        '  { rank=same; "dump"; }\n'
        '  "load" -> "dump" [label="id"];\n'
        '  "static" -> "dump" [label="id"];\n'
        '  "static" -> "load" [label="id"];\n'
        "}"
    )


def test_svg_is_xml_with_a_card_per_layer_and_an_arrow_per_edge():
    page = ElementTree.fromstring(as_svg(GRAPH, "dev <&>"))
    space = "{http://www.w3.org/2000/svg}"
    found = [item.get("class") for item in page.iter()]
    assert found.count("card") == 3
    assert found.count("arrow") == 3
    assert found.count("wave") == 3
    texts = [item.text for item in page.iter(f"{space}text")]
    assert {"static", "load", "dump", "id", "dev <&>"} <= set(texts)
    assert "script" not in "".join(item.tag for item in page.iter())


def test_an_empty_graph_can_be_drawn():
    empty = Graph.build([])
    assert ElementTree.fromstring(as_svg(empty, "dev")) is not None
    assert graphdraw.as_text(empty, "dev") == "dev: 0 layers in 0 waves"


def test_a_problem_stands_at_its_own_dependency_or_at_the_top_of_the_file():
    with pytest.raises(ConfigError) as caught:
        Graph.build(definitions(a=[], b=["a", "b"]))
    assert caught.value.problems[0].line == 11
    with pytest.raises(ConfigError) as caught:
        Graph.build([Definition(unit("b"), ROOT, paths=(ROOT / "live/dev/none",))])
    assert (caught.value.problems[0].file, caught.value.problems[0].line) == ("live/dev/b/terragrunt.hcl", 1)
