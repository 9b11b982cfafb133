"""Tests that do something, and run only when they are asked for (GC40-GC42)."""

from __future__ import annotations

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.checks.check import Check, check, ended, skipped
from dpctl.doctor.finding import Finding, Fix
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
statement = _of("GC42", s.SQL, "--sql", "Check the login and the workgroup's state.")

CHECKS = (glue_test, runbook, statement)
