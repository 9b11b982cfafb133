"""Where Spark is: outside the repository, fetched once by ``dpctl sandbox spark install`` (install.py).

The release is that of Glue 5.0 (AWS Glue developer guide, "Glue versions": Spark 3.5.4, Python 3.11), the
jars are named by their Maven coordinates.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

RELEASE = "3.5.4"
INSTALL = "dpctl sandbox spark install"
# By Maven coordinates; the versions of hadoop-aws and the SDK are those of the Hadoop in Spark 3.5.4.
JARS = {
    "com.mysql:mysql-connector-j:8.4.0": "d77962877d010777cff997015da90ee689f0f4bb76848340e1488f2b83332af5",
    "org.apache.hadoop:hadoop-aws:3.3.4": "53f9ae03c681a30a50aa17524bd9790ab596b28481858e54efd989a826ed3a4a",
    "com.amazonaws:aws-java-sdk-bundle:1.12.262": "873fe7cf495126619997bec21c44de5d992544aea7e632fdc77adb1a0915bae5",  # noqa: E501
}


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
    jars = tuple(jar_file(coordinate) for coordinate in JARS)
    if java() is None or not all(jar.is_file() for jar in jars):
        return None
    for python, home in pythons():
        if (home / "bin" / "spark-submit").is_file():
            return Spark(home, python, jars)
    return None


def java() -> str | None:
    """The Java that would run it."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")


def pythons() -> list[tuple[Path, Path]]:
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


def archive_file(spark: Spark) -> Path:
    """Where Java's archive of classes is kept (archive.py): the name is that of this Java and these jars."""
    modules = Path(java() or "java").resolve().parents[1] / "lib" / "modules"
    made_of = (modules, *spark.jars, *sorted((spark.home / "jars").glob("*.jar")))
    facts = [(str(x), x.stat().st_size, x.stat().st_mtime_ns) for x in made_of if x.is_file()]
    return folder() / f"classes-{hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}.jsa"


def environment(spark: Spark) -> dict[str, str]:
    """The variables that make spark-submit use this Spark and this Python, and listen here only."""
    return {
        "SPARK_HOME": str(spark.home),
        "PYSPARK_PYTHON": str(spark.python),
        "PYSPARK_DRIVER_PYTHON": str(spark.python),
        "SPARK_LOCAL_IP": "127.0.0.1",
        **({"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {}),
    }


def jar_file(coordinate: str) -> Path:
    """Where the jar of a Maven coordinate is kept."""
    _, name, version = coordinate.split(":")
    return folder() / "jars" / f"{name}-{version}.jar"
