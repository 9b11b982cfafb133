"""Every check of the doctor, declared once: its code, what it is called, where it belongs, what it means.

Reports, verdicts, the choice of checks and the pages' headings and tables come from here. Codes are never
reused. The order of a list is that of the chain: of several faults the first is fixed first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Declaration:
    """One check.

    ``title`` is what holds when it passes, ``fault`` what is wrong when it fails, as a person would say it
    (empty where it never fails by itself). ``follows`` are the checks whose faults explain this one's.
    """

    code: str
    title: str
    group: str
    fault: str = ""
    follows: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """The page that explains the check, from the root of the repository."""
        return f"docs/checks/{self.code}.md"


_WAY_OUT = ("GC04", "GC08", "GC09", "GC07")
# fmt: off
CONNECTION = (
    Declaration("GC00", "The credentials belong to the right account and region", "caller",
                "These credentials belong to another account."),
    Declaration("GC04", "The connection's subnet exists and matches its zone", "network",
                "The connection's subnet, or its zone, is wrong."),
    Declaration("GC16", "The connection's security groups exist in its VPC", "security_groups",
                "A security group of the connection does not exist in its VPC.", follows=("GC04",)),
    Declaration("GC08", "The subnet's route table leads somewhere", "network",
                "The subnet's routes lead nowhere.", follows=("GC04",)),
    Declaration("GC09", "The NAT gateway works", "network", "The NAT gateway does not work."),
    Declaration("GC07", "The VPC resolves the names of AWS's services", "dns",
                "The VPC does not resolve the names that are needed."),
    Declaration("GC10", "S3 can be reached", "endpoints", "There is no way to S3.", follows=_WAY_OUT),
    Declaration("GC12", "STS can be reached", "endpoints", "There is no way to STS.", follows=_WAY_OUT),
    Declaration("GC13", "Secrets Manager, KMS, Glue and Logs can be reached", "endpoints",
                "There is no way to a service the connection needs.", follows=_WAY_OUT),
    Declaration("GC14", "The endpoints' security groups let the connection in", "security_groups",
                "An endpoint's security group refuses the connection.", follows=("GC16",)),
    Declaration("GC15", "The endpoints' policies let the role through", "endpoints",
                "An endpoint's policy refuses the role."),
    Declaration("GC18", "The security groups let the connection out", "security_groups",
                "The connection's security groups do not let it out.", follows=("GC16",)),
    Declaration("GC19", "The network ACLs let packets through, both ways", "network",
                "A network ACL drops the packets."),
    Declaration("GC17", "A security group opens all TCP ports to itself", "security_groups",
                "No security group opens all TCP ports to itself.", follows=("GC16",)),
    Declaration("GC06", "The subnet has free addresses", "network",
                "The subnet has too few free addresses.", follows=("GC04",)),
    Declaration("GC25", "Glue may take on the role, and the role may do its work", "iam",
                "Glue may not take on the role, or the role may not do its work."),
    Declaration("GC26", "The KMS keys are enabled and the role may use them", "secrets",
                "A KMS key can't be used."),
    Declaration("GC24", "The secret exists and is what Glue expects", "secrets",
                "The secret is gone, or is not the right login."),
    Declaration("GC03", "The connection's properties name the warehouse", "connection",
                "The connection's properties do not name the warehouse."),
    Declaration("GC20", "The warehouse is available, in the same network", "redshift",
                "The warehouse is not available, or in another network.", follows=("GC04",)),
    Declaration("GC21", "The warehouse's security groups let the connection in", "redshift",
                "The warehouse's security groups refuse the connection.", follows=("GC16", "GC20")),
    Declaration("GC22", "The warehouse's subnets have zones and addresses to spare", "redshift",
                "The warehouse's subnets are too small."),
    Declaration("GC23", "TLS is enforced on both sides or on neither", "redshift",
                "TLS is asked for on one side only."),
    Declaration("GC27", "The jobs fit the network they run in", "jobs",
                "A job does not fit the network it runs in.", follows=("GC08", "GC09")),
    Declaration("GC29", "What Glue's logs say", "jobs", "A job's last run failed."),
    Declaration("GC05", "The connection is in one of the configured private subnets", "network",
                "The connection is in a subnet that is not one of the private ones.", follows=("GC04",)),
    Declaration("GC42", "A statement runs in the warehouse", "active", "The statement failed.",
                follows=("GC24", "GC03", "GC23")),
    Declaration("GC41", "AWS's runbook for Glue connections", "active", "AWS's runbook found something."),
    Declaration("GC40", "Glue's own test of the connection", "active", "Glue's own test failed."),
    Declaration("GC43", "A probe in the subnet gets through", "active",
                "A probe in the connection's subnet did not get through."),
    Declaration("GC11", "Every service the connection needs can be reached", "endpoints",
                "Not every service can be reached."),
    Declaration("GC01", "The connection exists and its last test succeeded", "connection",
                "The connection is not there, or has no place in a network."),
    Declaration("GC02", "What Glue itself says about the failure", "connection"),
    Declaration("GC28", "Network interfaces left behind by Glue", "network"),
)
# In the order in which an event, a file and a dump pass them; the fault is said with where it is.
PIPELINE = (
    Declaration("PD13", "The table is there", "capture", "events stop at"),
    Declaration("PD01", "The trail is logging", "capture", "events stop at"),
    Declaration("PD02", "The trail logs writes to the table", "capture", "events stop at"),
    Declaration("PD03", "The rule is on and matches the writes", "capture", "events stop at"),
    Declaration("PD04", "The rule starts the state machine", "capture", "events stop at"),
    Declaration("PD05", "The state machine starts the workflow", "capture", "events stop at"),
    Declaration("PD16", "The function reads the table's stream", "capture", "events stop at"),
    Declaration("PD17", "Keys that wait are looked for by the clock", "capture", "events stop at"),
    Declaration("PD06", "The workflow exists, with one event trigger", "capture", "events stop at"),
    Declaration("PD07", "The trigger batches events and starts the job", "capture", "events stop at"),
    Declaration("PD08", "The roles may do their part", "capture", "events stop at"),
    Declaration("PD19", "The buckets deny nobody on the way", "capture", "events stop at"),
    Declaration("PD09", "The job exists, and its last runs succeeded", "capture", "events stop at"),
    Declaration("PD14", "The login to Redshift is there", "capture", "events stop at"),
    Declaration("PD15", "The keys can be used", "capture", "events stop at"),
    Declaration("PD18", "The tables are there, and the login may use them", "sql", "events stop at"),
    Declaration("PD10", "No key waits for over an hour", "capture", "events stop at"),
    Declaration("PD11", "No event became a dead letter", "capture", "events stop at"),
    Declaration("PD12", "The dead-letter queues are there, and empty", "capture", "events were lost at"),
    Declaration("PD40", "An event that was sent came through", "active", "events stop at"),
    Declaration("PD20", "Auto-copy's integration is active", "auto-copy", "files stop at"),
    Declaration("PD21", "The bucket lets auto-copy watch it", "auto-copy", "files stop at"),
    Declaration("PD22", "The COPY JOBs are there, and no file failed", "sql", "files stop at"),
    Declaration("PD23", "The job that loads from MySQL is there, and its last run succeeded", "mysql",
                "rows stop at"),
    Declaration("PD30", "The schedules are there, and on", "dumps", "dumps stop at"),
    Declaration("PD31", "The schedules' target is there and may be started", "dumps", "dumps stop at"),
    Declaration("PD32", "The last dumps were written", "dumps", "dumps stop at"),
)
# fmt: on
BY_CODE = {one.code: one for one in (*CONNECTION, *PIPELINE)}


def by_code(declared: Iterable[Declaration]) -> list[Declaration]:
    """The checks in the order of their codes, as reports and lists name them."""
    return sorted(declared, key=lambda one: one.code)


def table(declared: Iterable[Declaration]) -> str:
    """The checks as a Markdown table, for the guide."""
    rows = [
        f"| [{one.code}](checks/{one.code}.md) | {one.title} | {one.group.replace('_', ' ')} |"
        for one in by_code(declared)
    ]
    return "\n".join(["| code | check | about |", "| --- | --- | --- |", *rows])
