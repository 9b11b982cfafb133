"""Is data flowing? One look at every hop of the chain, in at most twenty calls, none of which wakes Redshift.

Every question is asked by itself: one that is refused makes its hop ``unknown``, and the others go on.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from dpctl.amounts import amount
from dpctl.flows import trouble
from dpctl.flows.drifted import kept
from dpctl.flows.folders import ARCHIVE, DEAD, PENDING, Folders
from dpctl.flows.looking import MOST_CALLS, Look, text_of

if TYPE_CHECKING:
    from dpctl.aws import Aws
    from dpctl.config import Environment

State = Literal["ok", "warn", "stuck", "unknown"]
JOB = "GlueTestjob"
MOST_KEYS = 1000
MOST_LETTERS = 4
DUMP_DAYS = 8


@dataclass(frozen=True)
class Hop:
    """One part of the chain; ``last_success`` in UTC, ``oldest_seconds`` of what waits there."""

    hop: str
    state: State
    detail: str
    last_success: str | None = None
    backlog: int | None = None
    oldest_seconds: int | None = None


@dataclass
class Status:
    """The answer of ``dpctl status``.

    ``lacking`` are the actions that the operator may not do, for want of which something was not seen;
    ``calls`` is how many requests it took. `next_step` goes by these, which are in no document: ``missing``,
    the hops of an applied pipeline whose thing is not there, and ``unapplied``: no layer is, for certain.
    """

    env: str
    account: str
    sandbox: bool
    at: str
    chain: list[Hop] = field(default_factory=list)
    loads: dict[str, Any] = field(default_factory=dict)
    dumps: list[dict[str, Any]] = field(default_factory=list)
    autocopy: list[dict[str, Any]] = field(default_factory=list)
    dead_letters: dict[str, Any] = field(default_factory=dict)
    layers: list[dict[str, Any]] = field(default_factory=list)
    cost: dict[str, Any] = field(default_factory=dict)
    next: str = ""
    lacking: list[str] = field(default_factory=list)
    calls: int = 0
    missing: tuple[str, ...] = ()
    unapplied: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing is stuck."""
        return not any(hop.state == "stuck" for hop in self.chain)

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``--json``, without its version."""
        facts = asdict(self)
        del facts["missing"], facts["unapplied"]
        return {"ok": self.ok, **facts}


def look(environment: Environment, aws: Aws, now: datetime | None = None) -> Status:
    """Look at everything once."""
    now = now or datetime.now(UTC)
    eyes = Look(environment, aws, now)
    status = Status(environment.name, environment.config.account_id, aws.sandboxed, text_of(now))
    layers = _layers(eyes)
    status.layers, eyes.applied = layers or [], bool(layers)
    runs = eyes.ask("glue", "get_job_runs", JobName=environment.resource(JOB), MaxResults=10)
    unseen = _unseen(eyes, "job", f"the job {JOB}") if runs is None else None
    running = _running(runs)
    parts: list[Callable[[], Hop]] = [
        lambda: _table(eyes),
        lambda: _events(eyes),
        lambda: _keys(eyes, running),
        lambda: unseen or _job(eyes, runs, waits=bool(status.chain[-1].backlog)),
        lambda: _redshift(eyes),
        lambda: _exports(eyes, status),
    ]
    for part in parts:
        status.chain.append(part())
    status.loads = _loads(eyes, runs)
    status.cost = _cost(eyes)
    status.dead_letters = _dead_letters(eyes, aws)  # last: it reads as many letters as calls are left
    status.missing, status.unapplied = tuple(eyes.missing), layers == []
    status.next = next_step(status)
    status.lacking = sorted(eyes.lacking)
    status.calls = eyes.calls
    return status


def _unseen(eyes: Look, hop: str, what: str) -> Hop:
    """A hop of which the last question was not answered: it is not there, or nobody can tell."""
    if not eyes.gone:
        return Hop(hop, "unknown", f"{what} cannot be seen")
    if not eyes.applied:
        return Hop(hop, "unknown", f"{what} is not there")
    eyes.missing.append(hop)
    return Hop(hop, "stuck", f"{what} is not there")


def _running(runs: Any) -> bool:
    active = {"STARTING", "RUNNING", "STOPPING", "WAITING"}
    return bool(runs) and any(run["JobRunState"] in active for run in runs["JobRuns"])


def _table(eyes: Look) -> Hop:
    name = eyes.environment.resource(eyes.config.databases.dynamodb.table)
    found = eyes.ask("dynamodb", "describe_table", TableName=name)
    if found is None:
        return _unseen(eyes, "table", name)
    table = found["Table"]
    state: State = "ok" if table["TableStatus"] == "ACTIVE" else "warn"
    stream = table.get("StreamSpecification", {}).get("StreamEnabled", False)
    if not stream and eyes.config.capture.source != "cloudtrail":
        return Hop("table", "stuck", f"{name} has no stream, and capture.source reads one")
    return Hop("table", state, f"{name}: {amount(table['ItemCount'], 'item')}, as counted every 6 hours")


def _events(eyes: Look) -> Hop:
    capture, details, state = eyes.config.capture, [], "ok"
    if capture.source in ("cloudtrail", "both"):
        name = eyes.environment.resource(capture.rule)
        rule = eyes.ask("events", "describe_rule", Name=name)
        if rule is None:
            return _unseen(eyes, "events", f"the rule {name}")
        state = "ok" if rule["State"] != "DISABLED" else "stuck"
        details.append(f"rule {name} {rule['State'].lower()}")
    if capture.source in ("stream", "both"):
        name = eyes.environment.resource(capture.function)
        found = eyes.ask("lambda", "list_event_source_mappings", FunctionName=name)
        if found is None:
            return _unseen(eyes, "events", f"the function {name}")
        states = [mapping["State"] for mapping in found["EventSourceMappings"]] or ["missing"]
        state = state if states == ["Enabled"] else "stuck"
        details.append(f"stream to {name} {', '.join(states).lower()}")
    if lost := trouble.undelivered(eyes):
        state = "stuck"
        details.append(
            f"{amount(lost, 'event')} could not be delivered, see the queue {trouble.dead_letter_queue(eyes)}"
        )
    return Hop("events", state, ", ".join(details))  # type: ignore[arg-type]


def _keys(eyes: Look, running: bool) -> Hop:
    off = trouble.sweeper(eyes)
    waiting = eyes.folder(PENDING, MaxKeys=MOST_KEYS)
    if waiting is None:
        return _unseen(eyes, "keys", f"the bucket {eyes.assets}")
    if not waiting:
        return Hop("keys", "stuck" if off else "ok", off or "no key waits", backlog=0)
    oldest = max(eyes.age(item.modified) for item in waiting)
    events = sum(item.events for item in waiting)
    capture = eyes.config.capture
    patience = capture.batch.window_seconds + 2 * 60 * capture.sweep_minutes
    late = oldest > (3600 if running else patience)
    more = "at least " if len(waiting) >= MOST_KEYS else ""
    detail = f"{more}{amount(events, 'key')} waiting" + (", a run is active" if running else ", nothing runs")
    detail += f", {off}" if off else ""
    return Hop("keys", "stuck" if late or off else "ok", detail, None, events, oldest)


def _job(eyes: Look, runs: Any, *, waits: bool) -> Hop:
    found = runs["JobRuns"]
    if not found:
        return Hop("job", "ok", f"{JOB} has not run yet")
    last = found[0]
    good = next((text_of(run["CompletedOn"]) for run in found if run["JobRunState"] == "SUCCEEDED"), None)
    if last["JobRunState"] in {"FAILED", "TIMEOUT", "ERROR"}:
        failed = next((n for n, run in enumerate(found) if run["JobRunState"] == "SUCCEEDED"), len(found))
        state: State = "stuck" if failed > 1 or waits else "warn"  # a run is two attempts
        reason = str(last.get("ErrorMessage", ""))[:200]
        return Hop("job", state, f"{JOB}: the last {amount(failed, 'run')} failed: {reason}", good)
    return Hop("job", "ok", f"{JOB}: {last['JobRunState'].lower()}", good)


def _redshift(eyes: Look) -> Hop:
    name = eyes.environment.resource(eyes.config.databases.redshift.workgroup)
    found = eyes.ask("redshift-serverless", "get_workgroup", workgroupName=name)
    if found is None:
        return _unseen(eyes, "redshift", f"the workgroup {name}")
    group = found["workgroup"]
    state: State = "ok" if group["status"] == "AVAILABLE" else "stuck"
    return Hop("redshift", state, f"{name} {group['status'].lower()}, {group['baseCapacity']} RPU")


def _exports(eyes: Look, status: Status) -> Hop:
    """The last dump of each scheduled table; its manifest has the rows."""
    bucket = eyes.environment.resource(eyes.config.storage.export_bucket)
    tables = sorted({table for schedule in eyes.config.schedules for table in schedule.tables})[:3]
    for name in tables:
        dump = eyes.config.tables[name].unload if name in eyes.config.tables else None
        if dump is None:
            continue
        since = f"{dump.prefix}run={eyes.now - timedelta(days=DUMP_DAYS):%Y%m%d}"
        written = eyes.objects(bucket, dump.prefix, StartAfter=since)
        if written is None:
            return _unseen(eyes, "exports", f"the bucket {bucket}")
        found = [entry for entry in written if entry["Key"].endswith("manifest")]
        last = max(found, key=lambda entry: entry["LastModified"], default=None)
        rows = None
        if last:
            body = eyes.ask("s3", "get_object", Bucket=bucket, Key=last["Key"])
            if body:
                rows = json.loads(body["Body"].read()).get("meta", {}).get("record_count")
        crons = [item.cron for item in eyes.config.schedules if name in item.tables]
        status.dumps.append(
            {
                "table": name,
                "last": text_of(last["LastModified"]) if last else None,
                "location": f"s3://{bucket}/{last['Key'].rpartition('/')[0]}/" if last else None,
                "rows": rows,
                "schedules": crons,
            }
        )
    if not status.dumps:
        return Hop("exports", "ok", "no table is dumped by a schedule")
    failed = trouble.failed_dumps(eyes)
    last_times = [dump["last"] for dump in status.dumps]
    missing = [dump["table"] for dump in status.dumps if not dump["last"]]
    detail = f"no dump of {', '.join(missing)} in {DUMP_DAYS} days" if missing else "dumped"
    state: State = "warn" if missing else "ok"
    if failed is None:
        state, detail = "unknown", f"{detail}; the log of the dumps is longer than is read here"
    elif failed:
        state = "stuck"
        detail = "; ".join(f"the last dump of {table} failed: {error}" for table, error in failed.items())
    return Hop("exports", state, detail[:500], min((t for t in last_times if t), default=None))


def _loads(eyes: Look, runs: Any) -> dict[str, Any]:
    day = f"{ARCHIVE}{eyes.now:%Y/%m/%d}/"
    items = eyes.whole_folder(day) or []
    last = max(items, key=lambda item: item.modified, default=None)
    failed = [run for run in (runs or {"JobRuns": []})["JobRuns"] if run["JobRunState"] == "FAILED"]
    return {
        "today": sum(item.events for item in items),
        "last": text_of(last.modified) if last else None,
        "last_events": last.events if last else None,
        "failed_runs": len(failed),
        "last_error": str(failed[0].get("ErrorMessage", ""))[:500] if failed else None,
    }


def _dead_letters(eyes: Look, aws: Aws) -> dict[str, Any]:
    items = eyes.folder(DEAD, MaxKeys=MOST_KEYS)
    if items is None:
        return {"count": None, "reasons": {}, "shown": 0}
    most = max(0, min(MOST_LETTERS, MOST_CALLS - eyes.calls))
    newest = sorted(items, key=lambda item: item.modified)[max(0, len(items) - most) :]
    eyes.calls += len(newest)
    folders = Folders(aws.client("s3"), eyes.assets)
    try:
        reasons = Counter(folders._letter(item).reason for item in newest)
    except Exception as error:
        eyes.refused(error)
        reasons = Counter()
    return {"count": len(items), "reasons": dict(reasons), "shown": len(newest)}


def _layers(eyes: Look) -> list[dict[str, Any]] | None:
    """When each layer was applied last (the time of its state), and its drift where somebody has looked.

    None where the states can't be listed.
    """
    env = eyes.environment.name
    written = eyes.objects(eyes.environment.state_bucket, f"live/{env}/")
    if written is None and eyes.gone:
        return []
    if written is None:
        return None
    found = [entry for entry in written if entry["Key"].endswith(".tfstate")]
    seen = kept(eyes.environment.root, env, eyes.aws.sandboxed)
    layers: list[dict[str, Any]] = []
    for entry in found:
        layer = entry["Key"].split("/")[2]
        drift = seen.get(layer)
        facts = {"drifted": drift["drifted"], "drift_seen": drift["at"]} if drift else {}
        layers.append({"layer": layer, "applied": text_of(entry["LastModified"]), **facts})
    return layers


def _cost(eyes: Look) -> dict[str, Any]:
    """What Redshift's compute has cost this month, by its own metric."""
    from dpctl import prices

    start = eyes.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    name = eyes.environment.resource(eyes.config.databases.redshift.workgroup)
    answer = eyes.ask(
        "cloudwatch",
        "get_metric_statistics",
        Namespace="AWS/Redshift-Serverless",
        MetricName="ComputeSeconds",
        Dimensions=[{"Name": "Workgroup", "Value": name}],
        StartTime=start,
        EndTime=eyes.now,
        Period=86_400,
        Statistics=["Sum"],
    )
    if answer is None:
        return {"month": f"{start:%Y-%m}", "redshift_usd": None}
    seconds = sum(point["Sum"] for point in answer.get("Datapoints", []))
    usd = seconds / 3600 * prices.of(eyes.config.region).redshift_rpu_hour
    return {"month": f"{start:%Y-%m}", "redshift_usd": round(usd, 2)}


def next_step(status: Status) -> str:
    """The one thing to do next."""
    stuck = {hop.hop: hop for hop in status.chain if hop.state == "stuck"}
    hints = {
        "events": "dpctl doctor pipeline",
        "table": "dpctl doctor pipeline",
        "redshift": "dpctl doctor pipeline",
        "files": "dpctl autocopy show",
        "job": "dpctl doctor pipeline",
        "keys": "dpctl drain",
        "exports": "dpctl doctor pipeline",
    }
    for hop, command in hints.items():
        if hop in status.missing:
            return f"{stuck[hop].detail}: dpctl plan --env {status.env}"
        if hop in stuck:
            table = next((f" {job['table']}" for job in status.autocopy if job["failed"]), "")
            words = command + (table if hop == "files" else "")
            if hop == "keys" and not stuck[hop].backlog:  # no key waits: there is nothing to drain
                words = "dpctl doctor pipeline"
            return f"{stuck[hop].detail}: {words} --env {status.env}"
    if status.dead_letters.get("count"):
        return f"Fix what the dead letters name, then: dpctl redrive --env {status.env}"
    if drifted := [layer["layer"] for layer in status.layers if layer.get("drifted")]:
        return f"Changed by hand: dpctl drift --env {status.env} --layer {drifted[0]}"
    if status.unapplied:
        return f"No layer is applied: dpctl apply --env {status.env}"
    return "Nothing."
