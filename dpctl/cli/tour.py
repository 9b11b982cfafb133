"""The stops of the guided tour. Each says in a line what it does and why, does it, and tells little."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

from dpctl.amounts import amount, duration
from dpctl.errors import DpctlError
from dpctl.layers import CAPTURE, DUMPS, STATIC
from dpctl.terminal import Terminal

if TYPE_CHECKING:
    from dpctl.cli.factory import App
    from dpctl.config import Environment
    from dpctl.deploy.executor import Preview
    from dpctl.deploy.plan import RunPlan
    from dpctl.doctor.examine import Visit

LAYERS = (STATIC, CAPTURE, DUMPS)
ORDERS = tuple(
    (f"tour-{number}", name) for number, name in enumerate(("Ada", "Grace", "Alan", "Edsger", "Barbara"), 1)
)
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
    """The tour of one environment. ``run_command`` runs a command line as a user types it."""

    app: App
    environment: Environment
    run_command: Callable[[tuple[str, ...]], None]
    began: float = field(default_factory=time.monotonic)
    first_wow: float = 0.0

    def say(self, text: str) -> None:
        """A line of the story."""
        self.app.terminal.info(text)

    def replica(self) -> None:
        """A fresh sandbox."""
        from dpctl import sandbox

        with self.app.terminal.status("  starting it"):
            sandbox.stop(self.environment)
            running = sandbox.start(self.environment)
        self.say(f"  account {running.account_id} at {running.endpoint}; nothing leaves this machine")

    def visit(self) -> Visit:
        """The doctor at the environment's connection."""
        from dpctl.doctor.examine import Visit
        from dpctl.doctor.target import of_environment

        aws = self.app.aws(self.environment)
        return Visit(of_environment(self.environment, None), lambda: aws, self.app.terminal, sandboxed=True)

    def verdict(self) -> None:
        """What is wrong with the connection."""
        found = self.visit().diagnose()
        if found.verdict is None:
            self.say("  nothing is wrong with it")
            return
        self.app.terminal.warning(f"{found.verdict.code} {found.verdict.title}")
        for line in found.verdict.explanation.splitlines()[:4]:
            self.say(f"  {line}")
        self.first_wow = time.monotonic() - self.began

    def apply(self) -> None:
        """Adopt and apply the layers, with one look at what exists."""
        from dpctl.deploy.executor import Executor, Options
        from dpctl.deploy.job import open_checked, read_tree
        from dpctl.deploy.runner import Runner

        terminal = self.app.terminal
        plan = read_tree(self.environment, "apply", LAYERS, with_dependencies=True)
        session = open_checked(self.environment, self.app.aws(self.environment), plan, say=terminal.warning)

        def confirm(_plan: RunPlan, previews: Mapping[str, Preview]) -> None:
            for line in adoption_lines(previews.values()):
                self.say(f"  {line}")

        brief = _Brief(verbosity=terminal.verbosity, color=terminal.color)
        done = Executor(session, plan, Options(yes=True), brief, confirm, Runner(session)).run()
        if not done.ok:
            bad = next(result for result in done.results if result.bad)
            raise DpctlError(f"{bad.layer} was not applied.", why=bad.reason, hint=bad.hint)
        self.say(f"  {done.changes} in {duration(done.seconds)}")

    def orders(self) -> None:
        """Put orders into DynamoDB, and see them in Redshift."""
        from dpctl import sandbox
        from dpctl.redshift import settings

        aws = self.app.aws(self.environment)
        table = self.environment.config.databases.dynamodb.table
        for key, customer in ORDERS:
            item = {"PartKey": {"S": key}, "customer": {"S": customer}, "amount": {"N": "9.99"}}
            aws.client("dynamodb").put_item(TableName=table, Item=item)
        running = self.app.sandbox(self.environment)
        with self.app.terminal.status(
            f"  {len(ORDERS)} orders put; trail, rule, state machine and job take them on"
        ):
            sandbox.ask(running, "settle", {"seconds": ARRIVAL_SECONDS, "flush": True})
        executor = settings.data_api(self.environment, aws, timeout=60, progress=lambda *_: None)
        sql = (
            "SELECT partkey, customer, amount FROM public.orders WHERE partkey LIKE 'tour-%' ORDER BY partkey"
        )
        rows = executor.run(sql, fetch=True).rows
        for row in rows:
            self.say("  " + "  ".join(str(value) for value in row))
        if len(rows) != len(ORDERS):
            raise DpctlError(
                f"{len(rows)} of {len(ORDERS)} orders arrived.", hint="dpctl --sandbox doctor pipeline"
            )

    def connection(self) -> None:
        """Is it mended? The layer has put it where it works; if not, the doctor mends it."""
        from dpctl.doctor.layers import applier

        visit = self.visit()
        terminal = self.app.terminal
        apply = applier(self.environment, visit.connect(), terminal, yes=True)
        found, done = visit.mend(visit.diagnose(), self.environment.file, apply, yes=True, as_json=False)
        for line in done:
            self.say(f"  {line}")
        if found.verdict is not None:
            terminal.warning(f"{found.verdict.code} {found.verdict.title}")
            return
        terminal.success("  the connection works: its subnet is a private one, with the endpoints it needs")

    def status(self) -> None:
        """The page that says whether data is flowing; what it finds does not end the tour."""
        page = self.app.root / ".dpctl" / "status.html"
        with suppress(typer.Exit):
            self.run_command(("status", "--html", str(page)))


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
        "Real Terraform adopts what exists, and makes the pipeline from DynamoDB to Redshift and back to S3",
        "dpctl --sandbox apply --layer static --layer ddb-redshift --layer redshift-s3",
        Tour.apply,
    ),
    Stop(
        "The tables in Redshift, as env.yaml describes them",
        "dpctl --sandbox tables apply --yes",
        lambda tour: tour.run_command(("tables", "apply", "--yes")),
    ),
    Stop("Five orders, written to DynamoDB, arrive in Redshift", "aws dynamodb put-item ...", Tour.orders),
    Stop(
        "And go back to S3, with a manifest that is counted",
        "dpctl --sandbox unload --table orders",
        lambda tour: tour.run_command(("unload", "--table", "orders")),
    ),
    Stop(
        "The connection again",
        "dpctl --sandbox doctor glue-connection --fix",
        Tour.connection,
    ),
    Stop(
        "Is data flowing? A page for the team",
        "dpctl --sandbox status --html .dpctl/status.html",
        Tour.status,
    ),
)


class _Brief(Terminal):
    """For a run inside the tour: what goes on, without a line about each single adoption."""

    def info(self, text: str) -> None:
        """Say something in passing."""
        if not text.startswith("  adopting "):
            super().info(f"  {text}")


@contextmanager
def stopped_on_error(environment: Environment) -> Iterator[None]:
    """Take the sandbox down again when a stop goes wrong."""
    from dpctl import sandbox

    try:
        yield
    except BaseException:
        sandbox.stop(environment)
        raise
