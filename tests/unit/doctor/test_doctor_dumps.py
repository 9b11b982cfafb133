"""The last dumps, from the function's log and the job's runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from dpctl.doctor import dumps
from dpctl.doctor.asking import Asker

NOW = datetime(2026, 1, 31, tzinfo=UTC)
JOB = "arn:aws:scheduler:::aws-sdk:glue:startJobRun"


def line(schedule, status):
    said = {"schedule": schedule, "results": [{"table": "orders", "status": status, "error": "no space"}]}
    return {"message": json.dumps(said), "timestamp": int(NOW.timestamp() * 1000)}


class Account:
    """A log whose pages are given, and a job whose runs are."""

    def __init__(self, pages, runs=()):
        self.log, self.runs, self.asked = pages, list(runs), []

    def client(self, service):
        return self

    def get_paginator(self, operation):
        assert operation == "filter_log_events"
        return self

    def paginate(self, **params):
        return iter(self.log)

    def get_job_runs(self, **params):
        self.asked.append(params["JobName"])
        return {"JobRuns": self.runs}


def test_a_line_behind_empty_pages_is_found():
    account = Account([{"events": []}, {}, {"events": [line("orders-daily", "FAILED")]}])
    asker = Asker(account, {"function": {"FunctionName": "unload"}})
    [run] = dumps.runs(asker)
    assert (run["schedule"], run["error"]) == ("orders-daily", "orders FAILED: no space")
    assert asker.calls == 3


def test_a_schedule_whose_input_was_written_by_hand_is_passed_over():
    account = Account([], [{"CompletedOn": NOW, "JobRunState": "SUCCEEDED"}])
    given = [{"Target": {"Arn": JOB, "Input": text}} for text in ("{", "[]", "{}", '{"JobName": "dump"}')]
    asker = Asker(account, {"schedules": [*given, {"Target": {"Arn": JOB}}, {}]})
    assert [run["error"] for run in dumps.runs(asker)] == [""]
    assert account.asked == ["dump"]
