"""The guard, the second line behind ``losses``: what holds data is never destroyed by accident.

Its list is of types; the rule for every type is ``losses``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from dpctl.deploy.changes import Change
from dpctl.deploy.named import Named
from dpctl.errors import DpctlError

# types whose deletion loses what no Terraform run brings back: rows, objects, keys, secrets, an audit trail
DATA = frozenset(
    {
        "aws_cloudtrail",
        "aws_db_instance",
        "aws_dynamodb_table",
        "aws_kms_key",
        "aws_redshiftserverless_namespace",
        "aws_redshiftserverless_workgroup",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
    }
)
# and those that others hang on, or that hold what is on its way: an apply never takes them down by accident;
# a destroy, which asks for just that, does, unless they were there before Terraform (losses)
STANDING = frozenset({"aws_cloudwatch_log_group", "aws_iam_role", "aws_sqs_queue"})


def holding(*, destroying: bool = False) -> frozenset[str]:
    """The types that hold something, for an apply or for a destroy."""
    return DATA if destroying else DATA | STANDING


# Terraform's words for what a plan does (internals/machine-readable-ui, "Planned Change")
KNOWN_ACTIONS = frozenset(
    {"noop", "create", "read", "update", "delete", "replace", "import", "move", "forget", "remove"}
)


# one line that names them all would be too easy to copy
EACH = "keep them, or name each one that may go with --allow-destroy ADDRESS"


class Refused(DpctlError):
    """A plan may not be applied: it destroys data that nobody named with ``--allow-destroy``."""


def check(
    unit: str,
    changes: Iterable[Change],
    allowed: Named | Iterable[str],
    *,
    destroying: bool = False,
    ours: Collection[str] = (),
    line: str = "",
) -> None:
    """Raise Refused when a plan deletes or replaces a stateful resource that ``allowed`` does not name.

    So does an action that is not known: what it would do can't be judged. ``unit`` is ``<env>/<layer>``,
    ``ours`` are addresses that may go all the same, ``line`` is the command that asked.
    """
    changes, layer = tuple(changes), unit.partition("/")[2]
    types = holding(destroying=destroying)
    named = allowed if isinstance(allowed, Named) else Named(allowed)
    strange = [change for change in changes if change.action not in KNOWN_ACTIONS]
    if strange:
        raise Refused(
            f"{unit} would do what dpctl does not know.",
            why="\n".join(f"{c.address}: {c.action}" for c in _sorted(strange)),
            hint="a dpctl that knows this Terraform, or dpctl ... --terraform PATH with another one",
        )
    lost = [c for c in changes if c.destroys and c.type in types and c.address not in ours]
    lost = [c for c in lost if not named.covers(layer, c.address)]
    if not lost:
        return
    what = "1 resource that holds" if len(lost) == 1 else f"{len(lost)} resources that hold"
    raise Refused(
        f"{unit} would destroy {what} data.",
        why="\n".join(f"{c.sign} {c.address} ({c.reason or c.action})" for c in _sorted(lost)),
        hint=named_in(line, "--allow-destroy", lost[0].address) if len(lost) == 1 else EACH,
    )


def check_shown(unit: str, shown: Iterable[Change], now: Iterable[Change]) -> None:
    """Raise Refused when the plan made at a unit's turn destroys something that the shown one did not."""
    seen = {change.address for change in shown if change.destroys}
    new = [change for change in now if change.destroys and change.address not in seen]
    if new:
        raise Refused(
            f"{unit} would now destroy what the plan that was shown did not.",
            why="\n".join(f"{c.sign} {c.address} ({c.reason or c.action})" for c in _sorted(new)),
            hint=f"dpctl plan --layer {unit.partition('/')[2]}, then apply again",
        )


def named_in(line: str, option: str, name: str) -> str:
    """A command with one more thing named; only the option where there is no command."""
    quoted = "'" + name.replace("'", "'\\''") + "'"
    return f"{line} {option} {quoted}".lstrip()


def _sorted(changes: Iterable[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: change.address)
