"""Java's archive of classes, made by the installation and used by jobs."""

from __future__ import annotations

import subprocess

import pytest

from dpctl.sandbox import processes
from dpctl.sandbox.spark import Place, archive, submission

pytestmark = pytest.mark.spark


def test_a_job_takes_its_classes_from_the_archive(installed, tmp_path):
    said: list[str] = []
    assert archive.make(installed, said.append), said
    script, log = tmp_path / "job.py", tmp_path / "classes.log"
    script.write_text(
        "from pyspark.sql import SparkSession\nprint(SparkSession.builder.getOrCreate().range(7).count())"
    )
    place = Place(tmp_path, "http://127.0.0.1:1", "ap-south-1", {})
    found = submission(installed, {"Name": "j"}, {}, script, place)
    # The launcher writes its classes first; the job's Java begins the file anew.
    told = {"JAVA_TOOL_OPTIONS": f"-Xlog:class+load:file={log}:none:filecount=0"}
    done = subprocess.run(
        found.command, env=processes.environment("HOME", "JAVA_HOME") | found.variables | told,
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.split() == ["7"], done.stderr[-3000:]
    lines = log.read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if "shared objects file (top)" in line]) > 5_000
