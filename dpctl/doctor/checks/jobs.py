"""Whether the jobs that use the connection can live in its network (GC27)."""

from __future__ import annotations

import re

from dpctl.doctor import snapshot as s
from dpctl.doctor.checks.check import check, connection_of, ended, skipped, terraform
from dpctl.doctor.finding import Finding, Fix, Result
from dpctl.doctor.reach import walk_all
from dpctl.doctor.reasons import classify
from dpctl.doctor.snapshot import View
from dpctl.layers import CAPTURE

GLOBAL = re.compile(r"\bsts\.amazonaws\.com")


@check("GC27", s.BUCKETS, s.LOGS, walks=True)
def jobs(facts: View) -> Finding:
    """Without NAT a job can't fetch modules, read another region's bucket, or ask the global STS."""
    connection = connection_of(facts)
    if connection is None:
        return skipped("GC27", "the connection has no subnet")
    paths = walk_all(facts)
    mine = [job for job in facts[s.JOBS] if connection.name in job.connections]
    globally = next((path for path in paths if path.to.service == "sts-global"), None)
    if not mine and globally is None:
        return skipped("GC27", "no job uses the connection")
    internet = any(hop.label == "NAT" for path in paths for hop in path.hops)
    evidence = [f"{job.name}: {job.type}, Python {job.python_version or 'not shown'}" for job in mine]
    failed: list[str] = []
    weak: list[str] = []
    for job in mine:
        if job.additional_modules and not internet and paths:
            weak.append(
                f"{job.name} fetches {job.additional_modules} at its start, and has no way to the internet"
            )
        if job.type == "pythonshell" and job.python_version in {"2", "3", "3.6"}:
            weak.append(
                f"{job.name} asks for Python {job.python_version}; AWS runs Python shell jobs with 3.9 only"
            )
    caller = facts.known(s.CALLER)
    for bucket, region in facts[s.BUCKETS].items():
        if caller and region != caller.region and not internet and paths:
            weak.append(f"{bucket} is in {region}: a gateway endpoint of {caller.region} does not lead there")
    if globally and globally.outcome == "blocked":
        line = f"{globally.to.host} can't be reached: set AWS_STS_REGIONAL_ENDPOINTS=regional"
        (failed if globally.to.required else weak).append(line)
    logs = facts.known(s.LOGS)
    for told in logs.lines if logs else ():
        if told.job and GLOBAL.search(told.text):
            failed.append(f"{told.job} asked the global STS in its last run: {told.text}")
    text = "Use the regional STS, ship wheels with --extra-py-files, keep scripts in the region's buckets."
    fix = terraform(facts, CAPTURE, text)
    result: Result = "fail" if failed else "warn" if weak else "pass"
    return ended("GC27", result, ", ".join(job.name for job in mine), [*evidence, *failed, *weak], fix)


@check("GC29", s.CONNECTION, s.LOGS)
def said(facts: View) -> Finding:
    """What the error logs of the last runs of the connection's jobs say, and what that points to."""
    if connection_of(facts) is None:
        return skipped("GC29", "the connection has no subnet")
    logs = facts[s.LOGS]
    if logs is None:
        return skipped("GC29", "the logs were not asked for")
    if logs.unread:
        return skipped("GC29", f"the logs could not be read: {logs.unread}")
    mine = [line for line in logs.lines if line.job]
    if not mine:
        return ended("GC29", "pass", "", ["no job with this connection failed at its last run"])
    evidence = []
    for line in mine:
        signature = classify(line.text)
        points = f" ({signature.title}: see {', '.join(signature.checks)})" if signature else ""
        evidence.append(f"{line.job}: {line.text}{points}")
    fix = Fix("manual", "Fix what the lines point to, and run the job again.")
    return ended("GC29", "warn", ", ".join(line.job for line in mine), evidence, fix)


CHECKS = (jobs, said)
