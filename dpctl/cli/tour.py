"""The stops of the guided tour. Each says in a line what it does and why, does it, and tells little."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dpctl.amounts import amount, duration
from dpctl.errors import DpctlError
from dpctl.layers import CAPTURE, DUMPS, STATIC
from dpctl.terminal import Terminal

if TYPE_CHECKING:
    from dpctl.aws import Aws
    from dpctl.cli.factory import App
    from dpctl.config import Environment
    from dpctl.deploy.executor import Preview
    from dpctl.deploy.plan import RunPlan
    from dpctl.doctor.examine import Visit
    from dpctl.redshift.executor import Executor as RedshiftExecutor

LAYERS = (STATIC, CAPTURE, DUMPS)
ORDERS = tuple(
    (f"tour-{number}", name) for number, name in enumerate(("Ada", "Grace", "Alan", "Edsger", "Barbara"), 1)
)
UNLOADED = "orders"
SHOWN = 9  # kinds that are named of what is adopted
ARRIVAL_SECONDS = 240


@dataclass(frozen=True)
class Stop:
    """One stop: why, what one would type for it, and what carries it out."""

    why: str
    command: str
    run: Callable[[Tour], None]


@dataclass
class Tour:
    """The tour of one environment; what its stops have in passing is not told, but for what takes long."""

    app: App
    environment: Environment
    began: float = field(default_factory=time.monotonic)
    first_wow: float = 0.0

    def __post_init__(self) -> None:
        terminal = self.app.terminal
        self.quiet = _Quiet(verbosity=terminal.verbosity, color=terminal.color)

    @property
    def aws(self) -> Aws:
        """The way to the sandbox."""
        return self.app.aws(self.environment)

    def say(self, text: str) -> None:
        """A line of the story."""
        self.app.terminal.info(f"  {text}")

    @contextmanager
    def redshift(self) -> Iterator[RedshiftExecutor]:
        """Who runs statements."""
        from dpctl.redshift import settings

        executor = settings.data_api(self.environment, self.aws, timeout=60, progress=lambda *_: None)
        try:
            yield executor
        finally:
            executor.close()

    def replica(self) -> None:
        """A fresh sandbox."""
        from dpctl import sandbox

        with self.app.terminal.status("  starting it (seconds)"):
            sandbox.stop(self.environment)
            running = sandbox.start(self.environment)
        self.say(f"it answers at {running.endpoint}; nothing leaves this machine")

    def visit(self) -> Visit:
        """The doctor at the environment's connection."""
        from dpctl.doctor.examine import Visit
        from dpctl.doctor.target import of_environment

        return Visit(of_environment(self.environment, None), lambda: self.aws, self.quiet, sandboxed=True)

    def verdict(self) -> None:
        """What is wrong with the connection."""
        found = self.visit().diagnose()
        if found.verdict is None:
            self.say("nothing is wrong with it")
            return
        self.app.terminal.warning(f"{found.verdict.code} {found.verdict.title}")
        for line in found.verdict.explanation.splitlines()[:2]:
            self.say(line)
        self.first_wow = time.monotonic() - self.began

    def apply(self) -> None:
        """Adopt and apply the layers, with one look at what exists."""
        from dpctl.deploy.executor import Executor, Options
        from dpctl.deploy.job import open_checked, read_tree
        from dpctl.deploy.runner import Runner

        terminal = self.app.terminal
        plan = read_tree(self.environment, "apply", LAYERS, with_dependencies=True)
        session = open_checked(self.environment, self.aws, plan, say=terminal.warning)

        def confirm(_plan: RunPlan, previews: Mapping[str, Preview]) -> None:
            for line in adoption_lines(previews.values()):
                self.say(line)

        brief = _Brief(verbosity=terminal.verbosity, color=terminal.color)
        done = Executor(session, plan, Options(yes=True), brief, confirm, Runner(session)).run()
        if not done.ok:
            bad = next(result for result in done.results if result.bad)
            raise DpctlError(f"{bad.layer} was not applied.", why=bad.reason, hint=bad.hint)
        self.say(f"{done.changes} in {duration(done.seconds)}")

    def tables(self) -> None:
        """The tables of env.yaml, made in Redshift."""
        from dpctl.redshift import tables

        wanted = tables.wanted(self.environment)
        with self.redshift() as executor:
            changes = [one for one in tables.diff(wanted, tables.read_live(executor, wanted)) if one.sql]
            tables.apply(executor, changes)
        self.say("; ".join(f"{change.table}: {change.what}" for change in changes) or "they are there")

    def orders(self) -> None:
        """Put orders into DynamoDB, and see them in Redshift."""
        from dpctl import sandbox

        table = self.environment.config.databases.dynamodb.table
        for key, customer in ORDERS:
            item = {"PartKey": {"S": key}, "customer": {"S": customer}, "amount": {"N": "9.99"}}
            self.aws.client("dynamodb").put_item(TableName=table, Item=item)
        running = self.app.sandbox(self.environment)
        with self.app.terminal.status(f"  {len(ORDERS)} orders put; the pipeline takes them on"):
            sandbox.ask(running, "settle", {"seconds": ARRIVAL_SECONDS, "flush": True})
        sql = "SELECT partkey, customer FROM public.orders WHERE partkey LIKE 'tour-%' ORDER BY partkey"
        with self.redshift() as executor:
            rows = executor.run(sql, fetch=True).rows
        self.say(f"in Redshift: {', '.join(' '.join(str(value) for value in row) for row in rows) or 'none'}")
        if len(rows) != len(ORDERS):
            raise DpctlError(
                f"{len(rows)} of {len(ORDERS)} orders arrived.", hint="dpctl --sandbox doctor pipeline"
            )

    def unload(self) -> None:
        """The table as files in S3."""
        from dpctl.redshift import build, settings
        from dpctl.redshift.transfer import Transfers

        run = settings.timestamp(datetime.now(UTC))
        statement = build.unload_of(
            self.environment, name=UNLOADED, query=None, to=None, run=run, role=None, options={}
        )
        with self.redshift() as executor:
            done = Transfers(executor, self.aws.client("s3")).unload(statement, token="")
        for problem in done.problems:
            self.app.terminal.warning(problem)
        self.say(f"{amount(done.rows, 'row')} in {amount(len(done.files), 'file')}: {done.manifest}")

    def connection(self) -> None:
        """Is it fixed? The layer has put it where it works; if not, the doctor fixes it."""
        from dpctl.doctor.layers import Applier

        visit = self.visit()
        apply = Applier(self.environment, self.aws, self.quiet, yes=True)
        found, done = visit.fix(visit.diagnose(), self.environment.file, apply, yes=True, as_json=False)
        for line in done:
            self.say(line)
        if found.verdict is not None:
            self.app.terminal.warning(f"{found.verdict.code} {found.verdict.title}")
            return
        self.say("Glue says READY: its subnet is a private one now, with the endpoints it needs")

    def status(self) -> None:
        """The page that says whether data is flowing; what it finds does not end the tour."""
        from dpctl.flows import page
        from dpctl.flows.status import look

        found = look(self.environment, self.aws)
        file = self.app.root / ".dpctl" / "status.html"
        file.write_text(page.page(found), encoding="utf-8")
        self.say(", ".join(f"{hop.hop} {hop.state}" for hop in found.chain) + f": {file.name} in .dpctl/")


def adoption_lines(previews: Iterable[Preview]) -> Iterator[str]:
    """What a run would adopt and create, in at most ten lines."""
    plans = [preview.planned for preview in previews if preview.planned is not None]
    adopted = Counter(adoption.title for planned in plans for adoption in planned.adopted)
    created = sum(planned.count.add for planned in plans)
    destroyed = sum(planned.count.destroy for planned in plans)
    yield f"{amount(sum(adopted.values()), 'thing')} exist already and are imported, as they are:"
    for title, count in adopted.most_common(SHOWN - 2):
        yield f"  {count} x {title}"
    rest = adopted.most_common()[SHOWN - 2 :]
    if rest:
        yield f"  and {sum(count for _, count in rest)} of other kinds"
    yield f"{created} are created, {destroyed} destroyed"


STOPS = (
    Stop("A replica of the account, as it was made by hand", "dpctl sandbox start", Tour.replica),
    Stop("Why does its Glue connection say FAILED?", "dpctl --sandbox doctor glue-connection", Tour.verdict),
    Stop(
        "Real Terraform adopts what exists, and makes the pipeline",
        "dpctl --sandbox apply --layer static --layer ddb-redshift --layer redshift-s3",
        Tour.apply,
    ),
    Stop("The tables in Redshift, as env.yaml has them", "dpctl --sandbox tables apply --yes", Tour.tables),
    Stop("Five orders, written to DynamoDB, arrive in Redshift", "aws dynamodb put-item ...", Tour.orders),
    Stop("And go back to S3, counted", f"dpctl --sandbox unload --table {UNLOADED}", Tour.unload),
    Stop("The connection, fixed", "dpctl --sandbox doctor glue-connection --fix", Tour.connection),
    Stop("Is data flowing?", "dpctl --sandbox status --html .dpctl/status.html", Tour.status),
)


class _Brief(Terminal):
    """For a run inside the tour: what goes on, without a line about each single thing."""

    def info(self, text: str) -> None:
        """Say something in passing."""
        super().info(f"  {text}")

    def success(self, text: str) -> None:
        """Say that something went well."""
        super().success(f"  {text}")

    def detail(self, text: str) -> None:
        """The story has them in one line."""


class _Quiet(Terminal):
    """For what the tour tells in its own words; what is wrong is said all the same."""

    def info(self, text: str) -> None:
        """Nothing."""


@contextmanager
def stopped_on_error(environment: Environment) -> Iterator[None]:
    """Take the sandbox down again when a stop goes wrong."""
    from dpctl import sandbox

    try:
        yield
    except BaseException:
        sandbox.stop(environment)
        raise
