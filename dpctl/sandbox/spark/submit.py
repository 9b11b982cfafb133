"""A job of type glueetl as a call of spark-submit, after Glue's arguments ("Job parameters", Glue guide)."""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dpctl.sandbox.spark.home import Spark, archive_file, environment

MODULES = Path(__file__).parent / "modules"
"""What Glue has and pyspark has not, as far as it is pure Python: ``import awsglue``."""

# Cores and memory of one worker (Glue guide, "Worker types"): here cores are threads, a GiB is for 16.
CORES = {"Standard": 4, "G.025X": 2, "G.1X": 4, "G.2X": 8, "G.4X": 16, "G.8X": 32}
MEMORY = {"G.025X": "1g", "G.2X": "2g", "G.4X": "4g", "G.8X": "8g"}
# The optimising compiler begins after twelve times as many calls: else it takes as long as the rows do. Of
# TLS and checksums it begins at once: interpreted, they take as long again.
_SOON = "-XX:CompileCommand=option,{}.*::*,double,CompileThresholdScaling,0.02"
JAVA = (
    "-XX:+UseParallelGC", "-XX:Tier4InvocationThreshold=60000", "-XX:Tier4MinInvocationThreshold=7200",
    "-XX:Tier4CompileThreshold=180000", "-XX:Tier4BackEdgeThreshold=480000", "-XX:CompileCommand=quiet",
    _SOON.format("com.sun.crypto.provider"), _SOON.format("sun.security.provider"),
    "-Dcom.amazonaws.services.s3.disablePutObjectMD5Validation=true",  # each body is signed
)  # fmt: skip
# spark-submit asks another Java for the command line.
LAUNCHER = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
BOOKMARK = "--job-bookmark-option"


class Refused(Exception):
    """An argument asks for what is not here; the text says which."""


@dataclass(frozen=True)
class Submission:
    """The command line, without the script's own arguments, and the variables it needs."""

    command: list[str]
    variables: dict[str, str]


def submission(
    spark: Spark, job: Mapping[str, object], arguments: Mapping[str, str], script: Path, place: Place
) -> Submission:
    """How spark-submit runs ``script`` in the sandbox. Raises Refused."""
    if arguments.get(BOOKMARK, "job-bookmark-disable") != "job-bookmark-disable":
        raise Refused(f"The sandbox has no job bookmarks: {BOOKMARK} {arguments[BOOKMARK]}.")
    worker = str(job.get("WorkerType", "G.1X"))
    wanted = CORES.get(worker, 4) * int(str(job.get("NumberOfWorkers", 2)))
    given = _given(arguments.get("--conf", ""))
    own = given.pop("spark.driver.extraJavaOptions", "")
    # The driver is the only worker: with --jars it would copy these 280 MB to itself first.
    jars = [*map(str, spark.jars), *map(str, place.jars)]
    command = [
        str(spark.home / "bin" / "spark-submit"),
        *("--master", f"local[{max(1, min(wanted, os.cpu_count() or 1))}]"),
        *("--driver-memory", MEMORY.get(worker, "1g")),
        *("--name", str(job["Name"])),
        *("--driver-class-path", os.pathsep.join(jars)),
        *("--driver-java-options", " ".join([*_java(spark, own), f"-Djdk.net.hosts.file={_hosts(place)}"])),
    ]
    for key, value in (_settings(place) | given).items():
        command += ["--conf", f"{key}={value}"]
    # The SDK for Java complains of /dev/null, where there is nothing of the user's to read.
    nothing = place.folder / "aws-config"
    nothing.touch()
    variables = {
        "AWS_CONFIG_FILE": str(nothing),
        "AWS_SHARED_CREDENTIALS_FILE": str(nothing),
        "SPARK_LAUNCHER_OPTS": LAUNCHER,
    }
    return Submission([*command, str(script)], environment(spark) | variables)


def _java(spark: Spark, own: str) -> list[str]:
    """How Java runs a job of seconds: not much time for better machine code, and classes from the archive.

    With the owner's ``own`` options Java looks for the classes itself: it dies of an archive together with a
    profiler (JDK 17).
    """
    archive = archive_file(spark)
    if own or not archive.is_file():
        return [*JAVA, *([own] if own else [])]
    return [*JAVA, f'-XX:SharedArchiveFile="{archive}"', "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]


@dataclass(frozen=True)
class Place:
    """Where a job runs: a ``folder`` of its own, the sandbox's S3, and the ``hosts`` it resolves."""

    folder: Path
    endpoint: str
    region: str
    hosts: Mapping[str, str]
    jars: tuple[Path, ...] = ()


def _settings(place: Place) -> dict[str, str]:
    s3 = {
        "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "fs.s3a.endpoint": place.endpoint,
        "fs.s3a.endpoint.region": place.region,
        "fs.s3a.path.style.access": "true",
        "fs.s3a.connection.ssl.enabled": "false",
        "fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
        "fs.s3a.buffer.dir": str(place.folder / "s3a"),
        "fs.s3a.bucket.probe": "0",
    }
    return {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(place.folder),
        "spark.log.level": "WARN",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        **{f"spark.hadoop.{key}": value for key, value in s3.items()},
    }


def _given(text: str) -> dict[str, str]:
    """The owner's ``--conf``: ``a=b --conf c=d``, as one argument of Glue's."""
    words = [word for word in shlex.split(text) if word != "--conf"]
    for word in words:
        if "=" not in word:
            raise Refused(f"--conf takes key=value, and got {word!r}.")
    return {key: value for key, _, value in (word.partition("=") for word in words)}


def _hosts(place: Place) -> Path:
    """The names Java resolves: with this file, no others (java.net, ``jdk.net.hosts.file``)."""
    known = {"localhost": "127.0.0.1", socket.gethostname(): "127.0.0.1", **place.hosts}
    path = place.folder / "hosts"
    path.write_text("".join(f"{address} {name}\n" for name, address in known.items()), encoding="utf-8")
    return path
