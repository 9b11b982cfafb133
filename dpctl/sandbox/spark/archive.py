"""Java's archive of the classes that jobs use: with it Spark starts in half the time, and a job takes less.

Loading and verifying 15,000 classes takes Java longer than a small job's work. A "dynamic archive" (JDK 17,
``java -XX:ArchiveClassesAtExit``) keeps them as they are in memory. It is made once, at the installation, by
a run of exercise.py on a bucket of this process's. Java itself leaves one alone that was made by another
Java or of other jars.
"""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from dpctl.sandbox import processes
from dpctl.sandbox.spark.home import Spark, archive_file
from dpctl.sandbox.spark.submit import Place, submission

Say = Callable[[str], None]
NONE = "There is no archive of classes, and jobs start more slowly"
EXERCISE = Path(__file__).with_name("exercise.py")
BUCKET, REGION = "exercise", "us-east-1"
KEYS = {"AWS_ACCESS_KEY_ID": "exercise", "AWS_SECRET_ACCESS_KEY": "exercise"}
SECONDS = 1800.0  # a minute on a quiet machine
# What takes a server that is not there: the driver, and the part of Spark that uses it.
BY_NAME = {
    "mysql-connector-j-": ("com/mysql/cj/",),
    "spark-sql_": ("org/apache/spark/sql/execution/datasources/jdbc/", "org/apache/spark/sql/jdbc/"),
}


def make(spark: Spark, say: Say) -> bool:
    """Make the archive unless it is there; False where it can't be: then jobs only start more slowly."""
    target = archive_file(spark)
    if target.is_file():
        return True
    try:
        return _make(spark, target, say)
    except (OSError, subprocess.SubprocessError) as error:
        say(f"{NONE}: {error}")
        return False


def _make(spark: Spark, target: Path, say: Say) -> bool:
    say("Looking which classes jobs use, so that Java need not look for them each time")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="classes-", dir=target.parent) as folder:
        made = Path(folder) / "classes.jsa"
        ended = _exercise(spark, Path(folder), f'-XX:ArchiveClassesAtExit="{made}"')
        if ended.returncode != 0 or not made.is_file():
            why = (ended.stdout + ended.stderr).strip().splitlines()[-3:]
            say(f"{NONE}: {' '.join(why)}")
            return False
        for old in target.parent.glob("classes-*.jsa"):
            old.unlink()
        with made.open("rb") as file:
            os.fsync(file)  # Java would die of half of one
        made.replace(target)
    return True


def _exercise(spark: Spark, folder: Path, option: str) -> subprocess.CompletedProcess[str]:
    """Run exercise.py with a further option of Java's, on an S3 of this process's."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells of every request
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        place = Place(folder, f"http://{host}:{port}", REGION, {})
        keys = {name.lower(): value for name, value in KEYS.items()}
        boto3.client("s3", endpoint_url=place.endpoint, region_name=REGION, **keys).create_bucket(
            Bucket=BUCKET
        )
        options = shlex.quote(f"spark.driver.extraJavaOptions={option}")
        found = submission(spark, {"Name": "classes"}, {"--conf": options}, EXERCISE, place)
        return subprocess.run(
            [*found.command, f"s3://{BUCKET}/", *_by_name(spark)], cwd=folder, timeout=SECONDS,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            env=processes.environment("HOME", "JAVA_HOME") | found.variables | KEYS,
        )  # fmt: skip
    finally:
        server.stop()


def _by_name(spark: Spark) -> list[str]:
    jars = [*spark.jars, *sorted((spark.home / "jars").glob("*.jar"))]
    return [
        f"{jar}={beginning}"
        for jar in jars
        for name, beginnings in BY_NAME.items()
        if jar.name.startswith(name)
        for beginning in beginnings
    ]
