"""What a check says: a code that never changes its meaning, a result, the evidence, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from dpctl.visible import visible_line

Result = Literal["pass", "warn", "fail", "skip", "error"]
FixKind = Literal["terraform", "api", "manual"]

# code -> (title, group). Codes are never reused; the order is that of the report.
CODES: dict[str, tuple[str, str]] = {
    "GC00": ("The credentials belong to the right account and region", "caller"),
    "GC01": ("The connection exists and its last test succeeded", "connection"),
    "GC02": ("What Glue itself says about the failure", "connection"),
    "GC03": ("The connection's properties name the warehouse", "connection"),
    "GC04": ("The connection's subnet exists and matches its zone", "network"),
    "GC05": ("The connection is in one of the configured private subnets", "network"),
    "GC06": ("The subnet has free addresses", "network"),
    "GC07": ("The VPC resolves the names of AWS's services", "dns"),
    "GC08": ("The subnet's route table leads somewhere", "network"),
    "GC09": ("The NAT gateway works", "network"),
    "GC10": ("S3 can be reached", "endpoints"),
    "GC11": ("Every service the connection needs can be reached", "endpoints"),
    "GC12": ("STS can be reached", "endpoints"),
    "GC13": ("Secrets Manager, KMS, Glue and Logs can be reached", "endpoints"),
    "GC14": ("The endpoints' security groups let the connection in", "security_groups"),
    "GC15": ("The endpoints' policies let the role through", "endpoints"),
    "GC16": ("The connection's security groups exist in its VPC", "security_groups"),
    "GC17": ("A security group opens all TCP ports to itself", "security_groups"),
    "GC18": ("The security groups let the connection out", "security_groups"),
    "GC19": ("The network ACLs let packets through, both ways", "network"),
    "GC20": ("The warehouse is available, in the same network", "redshift"),
    "GC21": ("The warehouse's security groups let the connection in", "redshift"),
    "GC22": ("The warehouse's subnets have zones and addresses to spare", "redshift"),
    "GC23": ("TLS is enforced on both sides or on neither", "redshift"),
    "GC24": ("The secret exists and is what Glue expects", "secrets"),
    "GC25": ("Glue may take on the role, and the role may do its work", "iam"),
    "GC26": ("The KMS keys are enabled and the role may use them", "secrets"),
    "GC27": ("The jobs fit the network they run in", "jobs"),
    "GC28": ("Network interfaces left behind by Glue", "network"),
    "GC29": ("What Glue's logs say", "jobs"),
    "GC40": ("Glue's own test of the connection", "active"),
    "GC41": ("AWS's runbook for Glue connections", "active"),
    "GC42": ("A statement runs in the warehouse", "active"),
}
# The checks of `doctor pipeline`, in the order of the chain.
PIPELINE_CODES: dict[str, str] = {
    "PD01": "The trail is logging",
    "PD02": "The trail logs writes to the table",
    "PD03": "The rule is on and matches the writes",
    "PD04": "The rule starts the state machine",
    "PD05": "The state machine starts the workflow",
    "PD06": "The workflow exists, with one event trigger",
    "PD07": "The trigger batches events and starts the job",
    "PD08": "The roles may do their part",
    "PD09": "The job exists, and its last runs succeeded",
    "PD10": "No key waits for over an hour",
    "PD11": "No event was given up",
    "PD12": "The dead-letter queues are there, and empty",
    "PD13": "The table is there",
    "PD14": "The login to Redshift is there",
    "PD15": "The keys can be used",
    "PD16": "The function reads the table's stream",
    "PD20": "Auto-copy's integration is active",
    "PD21": "The bucket lets auto-copy watch it",
    "PD30": "The schedules are there, and on",
    "PD31": "The schedules' target is there and may be started",
}
MARKS: dict[Result, tuple[str, str]] = {
    "pass": ("✓", "ok"),
    "warn": ("!", "warning"),
    "fail": ("✗", "failed"),
    "skip": ("-", "skipped"),
    "error": ("?", "not seen"),
}


@dataclass(frozen=True)
class Fix:
    """How to mend something: who does it, in words, and the literal commands."""

    kind: FixKind
    text: str
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    ``follows`` holds the codes of the faults this one is a consequence of; ``inferred`` marks a fault that is
    concluded and not proven, which Glue's own READY outweighs.
    """

    code: str
    result: Result
    resource: str
    evidence: tuple[str, ...]
    fix: Fix | None = None
    follows: tuple[str, ...] = field(default=())
    permission: str = ""
    inferred: bool = False

    def plain(self) -> Finding:
        """The finding with what others named made fit to be shown, each line of evidence on a line."""
        fix = self.fix
        if fix is not None:
            fix = replace(fix, text=visible_line(fix.text), commands=tuple(map(visible_line, fix.commands)))
        lines = tuple(map(visible_line, self.evidence))
        return replace(self, resource=visible_line(self.resource), evidence=lines, fix=fix)

    @property
    def title(self) -> str:
        """The check's title."""
        return PIPELINE_CODES[self.code] if self.code in PIPELINE_CODES else CODES[self.code][0]

    @property
    def docs(self) -> str:
        """The page that explains the check."""
        return f"docs/checks/{self.code}.md"

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``findings`` in ``doctor --json``."""
        return {
            "code": self.code,
            "title": self.title,
            "result": self.result,
            "resource": self.resource,
            "evidence": list(self.evidence),
            "fix": {**asdict(self.fix), "commands": list(self.fix.commands)} if self.fix else None,
            "follows": list(self.follows),
            "permission": None if self.permission.endswith(")") else self.permission or None,
            "docs": self.docs,
        }
