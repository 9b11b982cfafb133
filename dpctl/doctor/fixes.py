"""From a diagnosis to a plan: the least change after which nothing is broken any more.

Every candidate is tried on the snapshot first. Among those that leave the fewest faults the cheapest wins,
then the smallest: an existing subnet with a way out before new endpoints, endpoints before a NAT gateway.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dpctl import prices
from dpctl.doctor import aims, whatif
from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.diagnosis import Diagnosis, diagnose
from dpctl.doctor.endpoints import new_endpoints
from dpctl.doctor.finding import Finding
from dpctl.doctor.ownnetwork import networks, whole_network
from dpctl.doctor.remedies import BY_CODE, UPDATE_CONNECTION, ApiCall, Remedy, can_update, update_call
from dpctl.doctor.snapshot import COMMAND, CannotSee, Snapshot
from dpctl.errors import UsageError
from dpctl.layers import CAPTURE, STATIC
from dpctl.visible import visible_line

SYMPTOMS = frozenset({"GC01", "GC02", "GC11", "GC40", "GC43"})
ROUNDS = 6
MOVE = "move the connection"
MOST_MOVES = 24  # subnets that are tried, the likely ones first
MOST_OTHERS = 4


@dataclass(frozen=True)
class Edit:
    """A change of env.yaml."""

    file: Path
    before: str
    after: str

    def diff(self) -> str:
        """The change as a person reads it."""
        lines = difflib.unified_diff(
            self.before.splitlines(), self.after.splitlines(),
            f"{self.file.name} (now)", f"{self.file.name} (then)", lineterm="", n=1,
        )  # fmt: skip
        return "\n".join(lines)


@dataclass(frozen=True)
class Plan:
    """What will be done: remedies in order, and what stays broken after them.

    ``others`` are further plans that leave no more broken, from which a person may choose.
    """

    remedies: tuple[Remedy, ...]
    left: tuple[Finding, ...]
    others: tuple[Plan, ...] = ()
    retest: bool = True

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers to apply, in their order."""
        named = {layer for remedy in self.remedies for layer in remedy.layers}
        return tuple(layer for layer in (STATIC, CAPTURE) if layer in named)

    @property
    def targets(self) -> tuple[str, ...]:
        """The addresses that are applied, as ``LAYER:ADDRESS``; a layer without any is applied whole."""
        whole = {
            layer
            for remedy in self.remedies
            for layer in remedy.layers
            if not any(one.startswith(f"{layer}:") for one in remedy.targets)
        }
        return aims.complete((one for remedy in self.remedies for one in remedy.targets), whole)

    @property
    def calls(self) -> tuple[ApiCall, ...]:
        """The API calls to make."""
        return tuple(call for remedy in self.remedies for call in remedy.calls)

    @property
    def subnet(self) -> str:
        """The subnet env.yaml must name, or nothing."""
        return next((remedy.subnet for remedy in self.remedies if remedy.subnet), "")

    @property
    def monthly(self) -> float:
        """US dollars a month that the plan adds, without traffic."""
        return sum(remedy.cost.monthly for remedy in self.remedies)

    @property
    def words(self) -> str:
        """All that it does, on a line."""
        return "; ".join(remedy.text for remedy in self.remedies)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to change."""
        return not self.remedies

    def does(self, other: Plan) -> bool:
        """Whether it does all that another one does, and perhaps more; a further move is another way."""
        moves = [one for one in self.remedies if one not in other.remedies and one.text.startswith(MOVE)]
        return not moves and {one.text for one in self.remedies} >= {one.text for one in other.remedies}


def make(diagnosis: Diagnosis, never_applied: frozenset[str] = frozenset()) -> Plan:
    """The plan for a diagnosis; without remedies where nothing is broken or nothing can be done.

    ``never_applied`` are layers that have to be applied whole where another one of the plan needs them.
    """
    snapshot = diagnosis.snapshot
    broken = _broken(diagnosis)
    failed = any(one.code == "GC01" and one.result == "fail" for one in diagnosis.findings)
    if snapshot.known(s.CONNECTION) is None:
        return _create(snapshot, diagnosis.findings, broken)
    if not broken:
        return Plan((), (), retest=failed)
    tried: list[tuple[int, float, int, int, Plan]] = []
    for number, candidate in enumerate(_candidates(snapshot, STATIC in never_applied)):
        try:
            plan = _complete(snapshot, candidate)
        except CannotSee:  # what it would change can't be seen: nothing can be promised of it
            continue
        tried.append((len(plan.left), plan.monthly, len(plan.remedies), number, plan))
    best, *rest = [one[-1] for one in sorted(tried, key=lambda one: one[:4])]
    if best.empty:
        return replace(best, retest=False)
    others: list[Plan] = []
    for plan in rest:
        more = any(plan.does(shown) for shown in (best, *others))
        if not plan.empty and len(plan.left) == len(best.left) and not more:
            others.append(plan)
    return replace(best, others=tuple(others[:MOST_OTHERS]))


def choose(plan: Plan, number: int) -> Plan:
    """The plan itself for 1, or one of the others. Raises UsageError for a number that is none of them."""
    plans = (replace(plan, others=()), *plan.others)
    if not 1 <= number <= len(plans):
        what = f"1 to {len(plans)}" if len(plans) > 1 else "1 only"
        raise UsageError(
            f"There is no plan {number}.",
            why=f"There are plans {what}.",
            hint="leave --choose out to see them",
        )
    return plans[number - 1]


def _create(snapshot: Snapshot, found: tuple[Finding, ...], broken: list[Finding]) -> Plan:
    """The plan where there is no connection: the layers make it, where env.yaml describes it."""
    missing = snapshot.facts.get(s.CONNECTION.name, "unseen") is None
    expected = snapshot.known(s.EXPECTED)
    if not missing or not (expected and expected.env and expected.managed):
        gone = [one for one in found if one.code == "GC01" and one.result == "fail"]
        return Plan((), (*gone, *broken), retest=False)
    network = whole_network(snapshot, expected)
    made = Remedy(
        "create the connection and the network it needs",
        lambda one: one,
        layers=(STATIC, CAPTURE),
        targets=(aims.NETWORK, aims.CONNECTION),
        cost=network.cost if network else whatif.Cost(),
    )
    return Plan((made,), tuple(broken))


def _broken(diagnosis: Diagnosis) -> list[Finding]:
    """The faults that are no mere symptom or consequence."""
    return [
        one
        for one in diagnosis.findings
        if one.result == "fail" and one.code not in SYMPTOMS and not one.follows
    ]


def _candidates(snapshot: Snapshot, whole: bool) -> Iterator[tuple[Remedy, ...]]:
    """Ways to begin, the least first: nothing, another subnet, the configured network, both."""
    yield ()
    expected = snapshot.known(s.EXPECTED)
    moves = list(_moves(snapshot))
    yield from ((move,) for move in moves)
    for network in networks(snapshot, expected):
        yield network
        for move in moves:
            if not (whole and CAPTURE in move.layers):
                yield (*network, move)
            elif aims.NETWORK in network[0].targets:
                # Terraform gives all of a layer's outputs only where all of it was applied
                yield (*(replace(one, targets=()) for one in network), move)
    if not _managed(snapshot):
        yield from _with_new_endpoints(snapshot, moves)


def _with_new_endpoints(snapshot: Snapshot, moves: list[Remedy]) -> Iterator[tuple[Remedy, ...]]:
    """New endpoints for where the connection is, and for each other subnet it could move to."""
    for before in ((), *((move,) for move in moves)):
        try:
            moved = whatif.chain(*(remedy.effect for remedy in before))(snapshot)
            connection, subnets = moved.known(s.CONNECTION), moved.known(s.SUBNETS)
            subnet = s.find(subnets or (), connection.subnet) if connection else None
            fresh = new_endpoints(moved, subnet) if subnet else None
        except CannotSee:
            return
        if fresh:
            yield (*before, fresh)


def _moves(snapshot: Snapshot) -> Iterator[Remedy]:
    connection, subnets = snapshot.known(s.CONNECTION), snapshot.known(s.SUBNETS)
    expected, warehouse = snapshot.known(s.EXPECTED), snapshot.known(s.WAREHOUSE)
    if connection is None or not subnets:
        return
    if expected and expected.env:
        names = tuple(dict.fromkeys((expected.subnet, *expected.private_subnets)))
    else:
        home = s.find(subnets, connection.subnet)
        vpc = home.vpc if home else warehouse.vpc if warehouse else ""
        mine = [one.id for one in subnets if one.vpc == vpc]
        preferred = [
            *(expected.private_subnets if expected else ()),
            *(warehouse.subnets if warehouse else ()),
        ]
        names = tuple(dict.fromkeys([one for one in preferred if one in mine] + mine))
        if not can_update(connection):
            return
    for name in names[:MOST_MOVES]:
        subnet = s.find(subnets, name)
        if subnet is not None:
            yield _move(connection, subnet, expected)


def _move(connection: m.Connection, subnet: m.Subnet, expected: m.Expected | None) -> Remedy:
    words = f"{MOVE} from {connection.subnet} to {subnet.id} ({subnet.zone}, {subnet.cidr})"
    if connection.subnet == subnet.id:
        words = f"write the connection anew in {subnet.id} ({subnet.zone})"
    if expected and expected.env and expected.managed:
        groups = (expected.database_group,) if expected.database_group else ()
        effect = whatif.chain(whatif.moved(subnet, groups), whatif.fixed_properties)
        return Remedy(words, effect, layers=(CAPTURE,), subnet=subnet.id, targets=(aims.CONNECTION,))
    call = update_call(words, subnet=subnet.id, zone=subnet.zone)
    return Remedy(words, whatif.moved(subnet), (call,))


def _complete(snapshot: Snapshot, begin: tuple[Remedy, ...]) -> Plan:
    """Add API calls for what a beginning leaves broken, until nothing more can be done."""
    remedies = list(begin)
    after = whatif.chain(*(remedy.effect for remedy in begin))(snapshot)
    given_up: set[str] = set()
    for _ in range(ROUNDS):
        left = [one for one in _broken(diagnose(after)) if one.code not in given_up]
        if not left:
            break
        remedy = _remedy(after, left[0], snapshot.known(s.EXPECTED))
        then = _foreseen(remedy, after)
        if remedy is None or then is None:
            given_up.add(left[0].code)
            continue
        remedies.append(remedy)
        after = then
    return Plan(tuple(remedies), tuple(_broken(diagnose(after))))


def _foreseen(remedy: Remedy | None, snapshot: Snapshot) -> Snapshot | None:
    """What a remedy would make of it; None where what it changes can't be seen."""
    try:
        return None if remedy is None else remedy.effect(snapshot)
    except CannotSee:
        return None


def _managed(snapshot: Snapshot) -> bool:
    expected = snapshot.known(s.EXPECTED)
    return bool(expected and expected.env)


# What Terraform writes in a live tree: an API call there would be undone by the next apply.
OF_TERRAFORM = frozenset({"GC10", "GC17"})
OF_CONNECTION = frozenset({"GC03", "GC23"})  # and what it writes of a connection that it manages


def _remedy(snapshot: Snapshot, finding: Finding, expected: m.Expected | None) -> Remedy | None:
    maker = BY_CODE.get(finding.code)
    in_tree = bool(expected and expected.env)
    written = finding.code in OF_TERRAFORM or (
        finding.code in OF_CONNECTION and bool(expected and expected.managed)
    )
    if maker is None or (in_tree and written):
        return None
    try:
        return maker(snapshot, finding)
    except CannotSee:
        return None


def edit_subnet(file: Path, subnet: str) -> Edit | None:
    """The change of env.yaml that puts the connection into a subnet; None when it is there already.

    Raises ConfigError when env.yaml can't be read, ValueError when its shape does not allow an edit by line.
    """
    from dpctl.config import document

    doc = document.read(file, file.name)
    connection = doc.data["glue"]["connection"]
    now = connection.get("subnet")
    if now == subnet:
        return None
    before = file.read_text(encoding="utf-8")
    lines = before.splitlines(keepends=True)
    key = ("glue", "connection", "subnet" if now else "name")
    line = doc.lines[key] - 1
    if now:
        lines[line] = lines[line].replace(now, subnet)
    elif lines[line].lstrip().startswith("name:"):
        indent = lines[line][: len(lines[line]) - len(lines[line].lstrip())]
        lines.insert(line + 1, f"{indent}subnet: {subnet}\n")
    else:
        raise ValueError(f"{file.name}: write glue.connection in block style, one key on a line")
    return Edit(file, before, "".join(lines))


IN_PART = (
    "Only these addresses, with what they need, are applied: Terraform's own plan is shown next, and asked "
    "about. What else env.yaml asks of the layers stays as it is, and is named. A layer that another one of "
    "these needs and that was never applied is applied whole. Terraform takes nothing back by itself: to "
    "undo it, put env.yaml back and apply the same addresses; what was added stays until its layer is "
    "destroyed."
)
LAYERS_WHOLE = (
    "Layers are applied whole, with whatever else env.yaml asks of them: Terraform's own plan is shown next, "
    "and asked about. What it has applied is not taken back."
)


def describe(plan: Plan, edit: Edit | None, env: str, command: str = COMMAND) -> str:
    """The plan as text: what changes, in which file, with which layers and calls, and what it costs."""
    lines = ["The plan"]
    for number, remedy in enumerate(plan.remedies, 1):
        price = f" (+${remedy.cost.monthly:.0f} a month)" if remedy.cost.monthly else ""
        lines.append(f"  {number}. {remedy.text}{price}")
    if edit:
        lines += ["", *(f"  {line}" for line in edit.diff().splitlines())]
    elif plan.subnet:
        lines.append(f"     env.yaml names {plan.subnet} already; it stays as it is")
    if plan.layers:
        options = [f"--layer {layer}" for layer in plan.layers]
        options += [f"--target {shlex.quote(one)}" for one in plan.targets]
        lines.append(f"  $ {command} apply --env {env} {' '.join(options)}")
        lines.append(f"  {IN_PART if plan.targets else LAYERS_WHOLE}")
    for call in plan.calls:
        undo = (
            " (taken back if a later step fails)"
            if call.undo or call.undo_from or call.operation == UPDATE_CONNECTION
            else ""
        )
        lines.append(f"  API: {call.service}.{call.operation}: {call.says}{undo}")
    if plan.layers and any(remedy.cost.endpoints for remedy in plan.remedies):
        region = next(remedy.cost.region for remedy in plan.remedies if remedy.cost.endpoints)
        nat, a_gb = whatif.Cost(nats=1, region=region).monthly, prices.of(region).nat_gb
        words = f"a NAT gateway, ${nat:.0f} a month and ${a_gb} a GB"
        lines.append(f"  Instead (network.egress: nat in env.yaml, then {command} apply): {words}")
    total = f"${plan.monthly:.0f} a month more, without traffic" if plan.monthly else "nothing more a month"
    lines.append(f"  Costs {total}")
    for number, other in enumerate(plan.others, 2):
        price = f" (+${other.monthly:.0f} a month)" if other.monthly else ""
        lines.append(f"  Instead (--choose {number}): {other.words}{price}")
    for finding in plan.left:
        lines.append(f"  Left to you: {finding.code} {finding.fix.text if finding.fix else finding.title}")
    return "\n".join(map(visible_line, lines))
