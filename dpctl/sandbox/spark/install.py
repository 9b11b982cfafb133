"""How Spark gets here: fetched once, checked, and Java's archive of its classes made.

Spark's own Ivy fetches the jars and checks what the repository publishes of them; then their SHA-256 is
compared with the one in home.py.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from dpctl.errors import DpctlError, ToolMissing
from dpctl.sandbox.spark import archive
from dpctl.sandbox.spark.home import (
    INSTALL,
    JARS,
    RELEASE,
    Spark,
    environment,
    find,
    folder,
    jar_file,
    java,
    pythons,
)

PYTHONS = ("python3.11", "python3.10", "python3.12")
# What the jars would bring along and the jobs do not use.
LEFT_OUT = ("com.google.protobuf:protobuf-java", "org.wildfly.openssl:wildfly-openssl")
Say = Callable[[str], None]


def install(say: Say) -> Spark:
    """Fetch what is missing; ``say`` is told what goes on, line by line.

    Raises ToolMissing without Java or a Python that Spark runs in, DpctlError where a download fails or a
    jar is not the one it should be.
    """
    if java() is None:
        hint = "apt-get install --no-install-recommends openjdk-17-jre-headless"
        raise ToolMissing("Spark needs Java 8, 11 or 17, and there is no java.", hint=hint)
    python, home = _install_package(say)
    missing = [coordinate for coordinate in JARS if not jar_file(coordinate).is_file()]
    if missing:
        _fetch(Spark(home, python, ()), missing, say)
    found = find()
    if found is None:
        raise DpctlError("Spark is not complete.", why=f"It was put into {folder()}.", hint=INSTALL)
    archive.make(found, say)
    return found


def _install_package(say: Say) -> tuple[Path, Path]:
    """pyspark, in an environment of its own unless dpctl's has it (the extra ``spark``)."""
    known = pythons()
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
    return pythons()[0]


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
        source, target = ivy / "jars" / f"{group}_{name}-{version}.jar", jar_file(coordinate)
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
