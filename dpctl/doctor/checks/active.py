"""Tests that do something, and run only when they are asked for (GC40-GC43)."""

from __future__ import annotations

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.checks.check import Check, check, ended, from_hops, skipped
from dpctl.doctor.finding import Finding, Fix
from dpctl.doctor.reach import walk_all
from dpctl.doctor.snapshot import Section, View


def _of(code: str, section: Section[m.ActiveTest | None], option: str, fix: str) -> Check:
    @check(code, section)
    def ask(facts: View) -> Finding:
        """The stored result of the test."""
        done = facts[section]
        if done is None:
            return skipped(code, f"runs only with {option}")
        evidence = [done.text, f"after {done.seconds:.0f} s"]
        return ended(code, "pass" if done.ok else "fail", "", evidence, Fix("manual", fix))

    return ask


glue_test = _of("GC40", s.ACTIVE, "--active", "See what Glue said, and the other checks.")
runbook = _of("GC41", s.RUNBOOK, "--runbook", "Read the report of the automation.")
statement = _of(
    "GC42", s.SQL, "--sql", "Check the login, its rights on the tables, and the warehouse's state."
)


@check("GC43", walks=True)
def probe(facts: View) -> Finding:
    """A function in the connection's subnet reached everything a test needs."""
    if facts[s.PROBE] is None:
        return skipped("GC43", "runs only with --probe")
    text = "See the hops on the way; where all are open, ask whoever runs what lies between."
    return from_hops(
        "GC43", walk_all(facts), lambda _: Fix("manual", text), "the probe was told to reach nothing"
    )


CHECKS = (glue_test, runbook, statement, probe)
