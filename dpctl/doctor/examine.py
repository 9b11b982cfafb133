"""One visit to the doctor, from the question to the answer: collect, test, diagnose, and fix when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dpctl.doctor import active, fixes, inmysql, probe
from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.collect import collect
from dpctl.doctor.diagnosis import Diagnosis, diagnose
from dpctl.doctor.fixing import ApplyLayers, Fixer
from dpctl.doctor.reach import walk_all
from dpctl.doctor.snapshot import Snapshot, Unknown
from dpctl.doctor.target import Target, address
from dpctl.errors import DpctlError, UsageError

if TYPE_CHECKING:
    from dpctl.aws import Aws
    from dpctl.mysql.source import Address
    from dpctl.terminal import Terminal


@dataclass(frozen=True)
class Wanted:
    """What was asked for on the command line."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    deep: bool = False
    active: bool = False
    sql: bool = False
    runbook: bool = False
    save: Path | None = None
    choose: int = 0
    logs: bool = True
    probe: bool = False
    yes: bool = False
    as_json: bool = False


@dataclass
class Visit:
    """A connection being looked at. ``connect`` gives AWS when it is time.

    For one to MySQL: ``mysql`` is where the sandbox's server stands in for it, ``tables`` what is read there.
    """

    target: Target
    connect: Callable[[], Aws]
    terminal: Terminal
    wanted: Wanted = field(default_factory=Wanted)
    sandboxed: bool = False
    mysql: Address | None = None
    tables: tuple[str, ...] = ()

    def judge(self, snapshot: Snapshot) -> Diagnosis:
        """The checks that were asked for, over a snapshot."""
        return diagnose(snapshot, self.wanted.only, self.wanted.skip)

    def diagnose(self) -> Diagnosis:
        """Ask AWS, run the tests that were asked for, and judge. Raises AccessError without credentials."""
        aws = self.connect()
        with self.terminal.status(f'Asking AWS about "{self.target.connection}"'):
            snapshot = collect(aws, self.target, deep=self.wanted.deep, logs=self.wanted.logs)
        snapshot = self._tests(aws, replace(snapshot, sandboxed=self.sandboxed))
        if self.wanted.save:
            s.save(snapshot, self.wanted.save)
        return self.judge(snapshot)

    def _tests(self, aws: Aws, snapshot: Snapshot) -> Snapshot:
        """The tests that do something, in the order of their price."""
        connection, warehouse = snapshot.known(s.CONNECTION), snapshot.known(s.WAREHOUSE)
        # In the sandbox a login to MySQL costs nothing and changes nothing: it is a part of the look.
        rehearsed = self.sandboxed and connection is not None and _to_mysql(connection)
        if (self.wanted.active or rehearsed) and connection:
            with self.terminal.status("Testing the connection (this can take minutes)"):
                tested = active.ask_glue(aws, connection.name)
            snapshot = _retested(snapshot, tested)
        if self.wanted.probe and connection and connection.subnet:
            snapshot = snapshot.having(s.PROBE, self._probe(aws, snapshot, connection))
        if self.wanted.runbook and connection:
            role = snapshot.known(s.ROLE)
            self.terminal.info(
                f"Starting {active.RUNBOOK}: it makes a stack, a Lambda and network interfaces"
            )
            done = active.run_runbook(aws, connection.name, role.arn if role else "")
            snapshot = snapshot.having(s.RUNBOOK, done)
        if connection and _to_mysql(connection) and (self.wanted.sql or rehearsed):
            return self._in_mysql(aws, snapshot, connection)
        if self.wanted.sql and connection and warehouse:
            price = active.statement_cost(warehouse, aws.region)
            self.terminal.info(f"Running select 1 in {warehouse.name}: it wakes it, for about ${price:.2f}")
            database = address(connection.properties).database or "dev"
            done = active.run_statement(aws, warehouse, database, connection.secret)
            snapshot = snapshot.having(s.SQL, done)
        return snapshot

    def _in_mysql(self, aws: Aws, snapshot: Snapshot, connection: m.Connection) -> Snapshot:
        """Log in to MySQL as the connection does, where there is a way to it from here."""
        from dpctl.mysql.source import Unreached

        try:
            done = inmysql.select(inmysql.login_of(aws, connection, self.mysql), self.tables)
        except Unreached as error:
            self.terminal.warning(f"MySQL can't be reached from here, and no login was tried: {error}")
            return snapshot
        return snapshot.having(s.SQL, done)

    def _probe(
        self, aws: Aws, snapshot: Snapshot, connection: m.Connection
    ) -> tuple[m.Probed, ...] | Unknown:
        """Say what a probe makes and costs, ask, and send it."""
        self.terminal.info(
            f"A probe: a Lambda function in {connection.subnet} with {', '.join(connection.groups)}, and a "
            f"role for it; both are deleted afterwards. It takes minutes, and costs less than "
            f"${probe.PRICE:.2f}."
        )
        self.terminal.confirm("Send it?", yes=self.wanted.yes, as_json=self.wanted.as_json)
        to = [path.to for path in walk_all(snapshot) if path.to.why and path.to.host]
        unique = {(one.host, one.port): one for one in to}
        return probe.Probe(aws, aws.region, self.terminal.info).run(connection, unique.values())

    def fix(
        self, before: Diagnosis, env_file: Path | None, apply: ApplyLayers | None, *, yes: bool, as_json: bool
    ) -> tuple[Diagnosis, list[str]]:
        """Plan, show, ask, do, test, and diagnose again; the new diagnosis and what was done.

        Raises Declined, UsageError where nobody can be asked, DpctlError when the fixing failed.
        """
        plan = fixes.make(before)
        if apply is not None and len(plan.layers) > 1 and (never := apply.never_applied(plan.layers)):
            plan = fixes.make(before, never)
        if self.wanted.choose:
            plan = fixes.choose(plan, self.wanted.choose)
        if plan.empty and (plan.left or not plan.retest):
            return self._nothing(before, plan)
        edit = _edit(env_file, plan)
        env = self.target.expected.env if self.target.expected else ""
        if not plan.empty:
            self.terminal.info(fixes.describe(plan, edit, env, before.command))
        question = "Do this?" if not plan.empty else "Test the connection again?"
        self.terminal.confirm(question, yes=yes, as_json=as_json)
        aws = self.connect()
        fixer = Fixer(aws, self.target.connection, apply, self.terminal.info)
        fixer.carry_out(plan, edit)
        with self.terminal.status("Testing the connection"):
            tested = fixer.test()
        if isinstance(tested, Unknown):
            self.terminal.warning(
                f"The connection could not be tested: {tested.reason} ({tested.permission})"
            )
        else:
            self.terminal.info(f"Glue says: {tested.text}")
        again = replace(self.wanted, active=False, probe=False, sql=False, runbook=False)
        after = replace(self, wanted=again).diagnose()
        if self.wanted.sql:  # the warehouse's answer does not hang on the connection: it is not woken twice
            after = self.judge(after.snapshot.having(s.SQL, before.snapshot.facts.get(s.SQL.name)))
        if not isinstance(tested, Unknown):
            after = self.judge(after.snapshot.having(s.ACTIVE, tested))
        return after, fixer.done

    def _nothing(self, before: Diagnosis, plan: fixes.Plan) -> tuple[Diagnosis, list[str]]:
        if plan.left:
            left = "; ".join(f"{one.code}: {one.fix.text if one.fix else one.title}" for one in plan.left)
            self.terminal.warning(f"Nothing here can be fixed by a program. {left}")
        else:
            self.terminal.info("Nothing needs to be fixed.")
        return before, []


def _to_mysql(connection: m.Connection) -> bool:
    return address(connection.properties, connection.type).engine == "mysql"


def _retested(snapshot: Snapshot, tested: m.ActiveTest | Unknown) -> Snapshot:
    """The snapshot with the result of a test: it is also the connection's new status."""
    snapshot = snapshot.having(s.ACTIVE, tested)
    connection = snapshot.known(s.CONNECTION)
    if isinstance(tested, Unknown) or connection is None:
        return snapshot
    status, _, reason = tested.text.partition(": ")
    if status not in {"READY", "FAILED"}:
        return snapshot
    return snapshot.having(s.CONNECTION, replace(connection, status=status, reason=reason))


def _edit(env_file: Path | None, plan: fixes.Plan) -> fixes.Edit | None:
    if env_file is None or not plan.subnet:
        return None
    try:
        return fixes.edit_subnet(env_file, plan.subnet)
    except ValueError as error:
        raise DpctlError(str(error), hint=f"set glue.connection.subnet to {plan.subnet}") from error


def from_file(path: Path, wanted: Wanted) -> Diagnosis:
    """A diagnosis of a stored snapshot. Raises UsageError when it is none, or when a test was asked for."""
    if wanted.active or wanted.sql or wanted.runbook or wanted.deep or wanted.probe:
        raise UsageError(
            "A stored snapshot can't be tested.",
            why="--active, --sql, --probe, --runbook and --deep ask AWS; --from-snapshot does not.",
            hint="leave one of the two out",
        )
    return diagnose(s.load(path), wanted.only, wanted.skip)
