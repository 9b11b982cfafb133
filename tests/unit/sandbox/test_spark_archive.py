"""Java's archive of classes: used where it is there, made of this Java and these jars, never a must."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dpctl.sandbox.spark import Place, Spark, archive, submission
from dpctl.sandbox.spark.home import archive_file


@pytest.fixture
def spark(tmp_path: Path, monkeypatch) -> Spark:
    """A Spark of one jar of its own and one beside it, in a folder whose name has a space."""
    home = tmp_path / "a place"
    (home / "jars").mkdir(parents=True)
    (home / "jars" / "spark-sql_2.12.jar").write_bytes(b"spark")
    (home / "mysql-connector-j-8.jar").write_bytes(b"driver")
    monkeypatch.setenv("DPCTL_SPARK_HOME", str(home))
    return Spark(home, Path("/python"), (home / "mysql-connector-j-8.jar",))


def options(spark: Spark, folder: Path, arguments: dict[str, str] | None = None) -> str:
    place = Place(folder, "http://127.0.0.1:1", "ap-south-1", {})
    command = submission(spark, {"Name": "j"}, arguments or {}, folder / "script.py", place).command
    return command[command.index("--driver-java-options") + 1]


def test_a_job_has_the_archive_where_there_is_one(spark, tmp_path):
    assert "SharedArchiveFile" not in options(spark, tmp_path)
    archive_file(spark).touch()
    assert f' -XX:SharedArchiveFile="{archive_file(spark)}" ' in options(spark, tmp_path)


def test_a_job_with_options_of_its_own_for_java_has_none(spark, tmp_path):
    archive_file(spark).touch()
    own = {"--conf": "spark.driver.extraJavaOptions=-XX:StartFlightRecording"}
    assert "SharedArchiveFile" not in options(spark, tmp_path, own)


def test_other_jars_want_another_archive(spark):
    first = archive_file(spark)
    assert archive_file(spark) == first
    (spark.home / "jars" / "spark-sql_2.12.jar").write_bytes(b"another")
    assert archive_file(spark) != first


def test_what_is_there_already_is_not_made_again(spark, monkeypatch):
    archive_file(spark).touch()
    monkeypatch.setattr(archive, "_exercise", pytest.fail)
    assert archive.make(spark, pytest.fail)


def test_the_archive_takes_the_place_of_those_of_other_jars(spark, monkeypatch):
    old = archive_file(spark).with_name("classes-0.jsa")
    old.touch()

    def exercise(spark: Spark, folder: Path, option: str) -> subprocess.CompletedProcess[str]:
        Path(option.partition("=")[2].strip('"')).write_text("classes")
        return subprocess.CompletedProcess([], 0, "", "")

    monkeypatch.setattr(archive, "_exercise", exercise)
    assert archive.make(spark, lambda line: None)
    assert archive_file(spark).read_text() == "classes"
    assert not old.exists()
    assert sorted(path.name for path in spark.home.iterdir()) == sorted(
        [archive_file(spark).name, "jars", "mysql-connector-j-8.jar"]
    )


@pytest.mark.parametrize("problem", ["no such option", "the disk is full"])
def test_without_one_spark_is_installed_all_the_same(spark, monkeypatch, problem):
    def exercise(spark: Spark, folder: Path, option: str) -> subprocess.CompletedProcess[str]:
        if problem == "the disk is full":
            raise OSError(problem)
        return subprocess.CompletedProcess([], 1, "", problem)

    said: list[str] = []
    monkeypatch.setattr(archive, "_exercise", exercise)
    assert not archive.make(spark, said.append)
    assert said[-1] == f"There is no archive of classes, and jobs start more slowly: {problem}"
    assert not archive_file(spark).exists()


def test_what_takes_a_server_is_loaded_by_name(spark):
    jars = spark.home / "jars" / "spark-sql_2.12.jar"
    assert archive._by_name(spark) == [
        f"{spark.home / 'mysql-connector-j-8.jar'}=com/mysql/cj/",
        f"{jars}=org/apache/spark/sql/execution/datasources/jdbc/",
        f"{jars}=org/apache/spark/sql/jdbc/",
    ]
