"""Where Spark is: outside the repository, fetched once by ``dpctl sandbox spark install``.

The release is that of Glue 5.0 (AWS Glue developer guide, "Glue versions": Spark 3.5.4, Python 3.11), the
jars are named by their Maven coordinates. Spark's own Ivy fetches them, checks what the repository publishes
of them, and their SHA-256 is compared with the one below.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dpctl.errors import DpctlError, ToolMissing

RELEASE = "3.5.4"
PYTHONS = ("python3.11", "python3.10", "python3.12")
INSTALL = "dpctl sandbox spark install"
# By Maven coordinates; the versions of hadoop-aws and the SDK are those of the Hadoop in Spark 3.5.4.
JARS = {
    "com.mysql:mysql-connector-j:8.4.0": "d77962877d010777cff997015da90ee689f0f4bb76848340e1488f2b83332af5",
    "org.apache.hadoop:hadoop-aws:3.3.4": "53f9ae03c681a30a50aa17524bd9790ab596b28481858e54efd989a826ed3a4a",
    "com.amazonaws:aws-java-sdk-bundle:1.12.262": "873fe7cf495126619997bec21c44de5d992544aea7e632fdc77adb1a0915bae5",  # noqa: E501
}
# What they would bring along and the jobs do not use.
LEFT_OUT = ("com.google.protobuf:protobuf-java", "org.wildfly.openssl:wildfly-openssl")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Spark:
    """An installed Spark: ``home`` has ``bin/spark-submit``, ``python`` runs the scripts."""

    home: Path
    python: Path
    jars: tuple[Path, ...]


def folder() -> Path:
    """Where it is kept: DPCTL_SPARK_HOME, or below the user's folder for caches."""
    given = os.environ.get("DPCTL_SPARK_HOME")
    if given:
        return Path(given)
    caches = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(caches) / "dpctl" / f"spark-{RELEASE}"


def find() -> Spark | None:
    """The Spark of this machine; None unless all of it is there: Java, pyspark and the jars."""
    jars = tuple(_jar(coordinate) for coordinate in JARS)
    if java() is None or not all(jar.is_file() for jar in jars):
        return None
    for python, home in _pythons():
        if (home / "bin" / "spark-submit").is_file():
            return Spark(home, python, jars)
    return None


def java() -> str | None:
    """The Java that would run it."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")


def install(say: Say) -> Spark:
    """Fetch what is missing; ``say`` is told what goes on, line by line.

    Raises ToolMissing without Java or a Python that Spark runs in, DpctlError where a download fails or a
    jar is not the one it should be.
    """
    if java() is None:
        hint = "apt-get install --no-install-recommends openjdk-17-jre-headless"
        raise ToolMissing("Spark needs Java 8, 11 or 17, and there is no java.", hint=hint)
    python, home = _install_package(say)
    missing = [coordinate for coordinate in JARS if not _jar(coordinate).is_file()]
    if missing:
        _fetch(Spark(home, python, ()), missing, say)
    found = find()
    if found is None:
        raise DpctlError("Spark is not complete.", why=f"It was put into {folder()}.", hint=INSTALL)
    return found


def _pythons() -> list[tuple[Path, Path]]:
    """Each Python that may have pyspark of this release, with pyspark's folder."""
    own = importlib.util.find_spec("pyspark")
    known = [(Path(sys.executable), Path(own.origin).parent)] if own and own.origin else []
    known += [
        (folder() / "venv" / "bin" / "python", path)
        for path in sorted(folder().glob("venv/lib/python3*/site-packages/pyspark"))
    ]
    return [(python, home) for python, home in known if _release(home) == RELEASE]


def _release(home: Path) -> str:
    """The release of a pyspark, from its own file: importing it is slow."""
    try:
        text = (home / "version.py").read_text(encoding="utf-8")
    except OSError:
        return ""
    lines = [line for line in text.splitlines() if line.startswith("__version__")]
    return lines[0].partition("=")[2].strip(" \"'") if lines else ""


def _install_package(say: Say) -> tuple[Path, Path]:
    """pyspark, in an environment of its own unless dpctl's has it (the extra ``spark``)."""
    known = _pythons()
    if known:
        say(f"pyspark {RELEASE} is in {known[0][1]}")
        return known[0]
    base = next(filter(None, (shutil.which(name) for name in PYTHONS)), None)
    if base is None:
        raise ToolMissing(
            f"Spark {RELEASE} runs in Python 3.10 to 3.12, and none is on the PATH.",
            hint="apt-get install python3.11 python3.11-venv",
        )
    venv = folder() / "venv"
    say(f"Making an environment of {base} in {venv}")
    _run([base, "-m", "venv", "--clear", str(venv)], say)
    python = venv / "bin" / "python"
    say(f"Fetching pyspark {RELEASE} (about 320 MB) and boto3")
    packages = [f"pyspark=={RELEASE}", "boto3", "setuptools"]
    _run([str(python), "-m", "pip", "install", "--no-input", *packages], say)
    return _pythons()[0]


def _fetch(spark: Spark, coordinates: list[str], say: Say) -> None:
    """Let Spark's Ivy resolve the jars, then keep those whose checksum is right."""
    say("Fetching " + ", ".join(coordinates) + " (about 285 MB)")
    ivy, nothing = folder() / "ivy", folder() / "nothing.py"
    folder().mkdir(parents=True, exist_ok=True)
    nothing.write_text("", encoding="utf-8")
    command = [str(spark.home / "bin" / "spark-submit"), "--master", "local[1]"]
    command += ["--packages", ",".join(coordinates), "--exclude-packages", ",".join(LEFT_OUT)]
    command += ["--conf", f"spark.jars.ivy={ivy}", "--conf", "spark.ui.enabled=false", str(nothing)]
    _run(command, say, environment(spark))
    for coordinate in coordinates:
        group, name, version = coordinate.split(":")
        source, target = ivy / "jars" / f"{group}_{name}-{version}.jar", _jar(coordinate)
        found = hashlib.sha256(source.read_bytes()).hexdigest()
        if found != JARS[coordinate]:
            source.unlink()
            raise DpctlError(
                f"{coordinate} is not what it should be, and was thrown away.",
                why=f"SHA-256 {found}, and not {JARS[coordinate]}.",
                hint=INSTALL,
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
        say(f"{target.name}: SHA-256 as it should be")
    shutil.rmtree(ivy, ignore_errors=True)
    nothing.unlink()


def environment(spark: Spark) -> dict[str, str]:
    """The variables that make spark-submit use this Spark and this Python, and listen here only."""
    return {
        "SPARK_HOME": str(spark.home),
        "PYSPARK_PYTHON": str(spark.python),
        "PYSPARK_DRIVER_PYTHON": str(spark.python),
        "SPARK_LOCAL_IP": "127.0.0.1",
        **({"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {}),
    }


def _run(command: list[str], say: Say, more: dict[str, str] | None = None) -> None:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(more or {})},
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.strip().startswith(("Collecting", "Downloading", "downloading", "found", "Installing")):
            say("  " + line.strip())
    if process.wait() != 0:
        raise DpctlError("Fetching Spark failed.", why="\n".join(lines[-12:]), hint=INSTALL)


def _jar(coordinate: str) -> Path:
    _, name, version = coordinate.split(":")
    return folder() / "jars" / f"{name}-{version}.jar"
