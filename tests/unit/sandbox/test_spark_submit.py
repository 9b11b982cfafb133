"""A job of type glueetl as a call of spark-submit: Glue's arguments, and those that are refused by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dpctl.sandbox.services import glue_runs
from dpctl.sandbox.spark import Place, Refused, Spark, Submission, submission

JOB = {"Name": "j", "WorkerType": "G.1X", "NumberOfWorkers": 10}


@pytest.fixture
def submit(tmp_path: Path):
    def submit(job=JOB, jars: tuple[Path, ...] = (), **arguments: str) -> Submission:
        spark = Spark(Path("/spark"), Path("/python"), (Path("/own.jar"),))
        place = Place(tmp_path, "http://127.0.0.1:1", "ap-south-1", {"db.aws": "127.1.2.3"}, jars)
        given = {f"--{name.replace('_', '-')}": value for name, value in arguments.items()}
        return submission(spark, job, given, tmp_path / "script.py", place)

    return submit


def option(found: Submission, name: str) -> str:
    return found.command[found.command.index(name) + 1]


def test_workers_are_cores_of_this_machine_and_their_memory(submit):
    assert option(submit(), "--master") == f"local[{min(40, os.cpu_count())}]"
    assert option(submit({"Name": "j", "NumberOfWorkers": 2}), "--driver-memory") == "1g"
    assert option(submit({**JOB, "WorkerType": "G.8X"}), "--driver-memory") == "8g"


def test_names_of_the_account_resolve_and_s3_is_the_sandbox_s(submit, tmp_path):
    found = submit()
    assert option(found, "--driver-java-options").endswith(f" -Djdk.net.hosts.file={tmp_path / 'hosts'}")
    assert "127.1.2.3 db.aws\n" in (tmp_path / "hosts").read_text(encoding="utf-8")
    assert "spark.hadoop.fs.s3a.endpoint=http://127.0.0.1:1" in found.command
    assert found.command[-1] == str(tmp_path / "script.py")


def test_conf_is_several_settings_in_one_argument_and_the_owner_s_go_before_ours(submit):
    found = submit(conf="spark.sql.ansi.enabled=true --conf spark.log.level=INFO")
    assert "spark.sql.ansi.enabled=true" in found.command
    assert "spark.log.level=INFO" in found.command
    assert "spark.log.level=WARN" not in found.command
    with pytest.raises(Refused, match="takes key=value, and got 'nonsense'"):
        submit(conf="nonsense")


def test_the_owner_s_options_for_java_come_beside_ours(submit, tmp_path):
    found = submit(conf="'spark.driver.extraJavaOptions=-Da=b -Xss4m'")
    options = option(found, "--driver-java-options")
    assert " -Da=b -Xss4m -Djdk.net.hosts.file=" in options
    assert "+UseParallelGC" in options
    assert not [word for word in found.command if word.startswith("spark.driver.extraJavaOptions")]


def test_extra_jars_come_after_spark_s_own_for_the_driver_which_is_the_only_worker(submit):
    found = submit(jars=(Path("/mine.jar"),))
    assert option(found, "--driver-class-path") == "/own.jar:/mine.jar"


def test_bookmarks_are_refused_by_name(submit):
    for value in ("job-bookmark-enable", "job-bookmark-pause"):
        with pytest.raises(Refused, match=f"no job bookmarks: --job-bookmark-option {value}"):
            submit(job_bookmark_option=value)
    assert submit(job_bookmark_option="job-bookmark-disable").command


def test_what_is_glue_s_own_does_not_reach_the_script():
    line = glue_runs.argv("j", "run", {"--extra-jars": "s3://b/x.jar", "--conf": "a=b", "--mine": "1"})
    assert line == ["--JOB_NAME", "j", "--JOB_RUN_ID", "run", "--mine", "1"]


class S3:
    """Gives an object's key as its body."""

    def get_object(self, *, Bucket: str, Key: str):
        import io

        return {"Body": io.BytesIO(f"{Bucket}/{Key}".encode())}


def test_jars_and_modules_are_fetched_for_the_run(tmp_path, monkeypatch):
    ran = []
    installed = Spark(Path("/spark"), Path("/python"), ())
    monkeypatch.setattr(glue_runs.spark, "find", lambda: installed)
    monkeypatch.setattr(glue_runs.rds, "hosts", lambda account: {})
    monkeypatch.setattr(glue_runs.subprocess, "run", lambda command, **_: ran.append(command))

    class Account:
        endpoint, region = "http://127.0.0.1:1", "ap-south-1"

    arguments = {
        "--extra-jars": "s3://b/lib/one.jar,s3://b/lib/two.jar",
        "--additional-python-modules": "tabulate==0.9.0,s3://b/wheels/own-1-py3-none-any.whl",
    }
    paths: list[str] = []
    job = {**JOB, "Command": {"Name": "glueetl"}}
    command, _ = glue_runs._command(Account(), S3(), job, arguments, tmp_path / "script.py", paths)
    classes = command[command.index("--driver-class-path") + 1]
    assert classes == f"{tmp_path}/jars/one.jar:{tmp_path}/jars/two.jar"
    assert (tmp_path / "jars" / "two.jar").read_bytes() == b"b/lib/two.jar"
    (pip,) = ran
    assert pip[:4] == ["/python", "-m", "pip", "install"]
    assert pip[-2:] == ["tabulate==0.9.0", str(tmp_path / "wheels" / "own-1-py3-none-any.whl")]
    assert paths[0] == str(tmp_path / "modules")  # before what Glue has
