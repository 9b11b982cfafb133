"""What jobs of the sandbox do, once and in small: so Java meets the classes that they use (archive.py).

Run by spark-submit. The arguments are a place in S3, and then jars with the beginning of names in them, as
``jar=beginning``: classes of what can't be done here (there is no MySQL) are loaded by name.
"""

from __future__ import annotations

import contextlib
import sys
import zipfile
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import Observation, SparkSession
from pyspark.sql import functions as spark_functions

ROWS = """
    SELECT CAST(id AS STRING) AS c0, concat('name ', id % 97) AS c1, CAST(id / 100 AS DECIMAL(12, 2)) AS c2,
        '2026-01-01 00:00:00' AS c3, '2026-01-01' AS c4, CAST(id / 3 AS STRING) AS c5 FROM range(2000)
"""
LINES = """
    SELECT concat_ws(',', IF(c0 IS NULL, '~', c0), concat('"', replace(c1, '"', '""'), '"'), c2, c3,
        substr(c4, 1, 10), regexp_replace(c5, '[.]0*$', '')) AS line,
        to_json(named_struct('key', named_struct('id', c0), 'row', element_at(array(c1, c3), 2)),
            map('ignoreNullFields', 'false')) AS record,
        CASE WHEN NOT coalesce(octet_length(c1) <= 8 AND instr(c1, chr(0)) = 0, false) THEN 1
            WHEN NOT coalesce(c3 >= '0001' AND CAST(c3 AS TIMESTAMP_NTZ) IS NOT NULL, false) THEN 2
            WHEN NOT coalesce(CAST(c4 AS DATE) IS NOT NULL, false) THEN 3
            WHEN NOT coalesce(c5 RLIKE '^-?[0-9]+([.][0-9]*)?$' AND abs(CAST(c5 AS DOUBLE)) < 1E9, false)
            THEN 4 WHEN CAST(c0 AS DECIMAL(38, 0)) > 1990 THEN 5 END AS bad FROM rows
"""


def main(place: str, jars: list[str]) -> None:
    """Write, read, sort, join and count a few rows, by S3."""
    spark = SparkSession.builder.getOrCreate()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.maxConcurrentOutputFileWriters", "4")
    spark.sql(ROWS).repartition(2).createOrReplaceTempView("rows")
    lines = spark.sql(LINES).selectExpr("IF(bad IS NULL, line, record) AS value", "bad IS NULL AS part")
    seen = Observation("rows")
    counts = (spark_functions.expr("count(1)").alias("n"), spark_functions.expr("count(IF(part, 1, NULL))"))
    lines.observe(seen, *counts).write.mode("overwrite").partitionBy("part").text(f"{place}lines/")
    assert seen.get["n"] == 2000
    spark.table("rows").write.mode("overwrite").parquet(f"{place}rows/")
    read = spark.read.parquet(f"{place}rows/").alias("a")
    joined = read.join(spark.table("rows").alias("b"), "c0", "full").groupBy("a.c1").count()
    assert len(joined.orderBy("c1").limit(10).collect()) == 10
    spark.read.text(f"{place}lines/").selectExpr("from_json(value, 'key STRING') AS k").distinct().collect()
    by_name(spark._jvm, jars)
    spark.stop()


def by_name(java: Any, jars: list[str]) -> None:
    """Load classes without a run of theirs; those that want what is not here stay out."""
    loader = java.java.lang.Thread.currentThread().getContextClassLoader()
    for jar, _, beginning in (each.partition("=") for each in jars):
        with zipfile.ZipFile(jar) as archive:
            names = [x[: -len(".class")] for x in archive.namelist() if x.endswith(".class")]
        for name in names:
            if name.startswith(beginning):
                with contextlib.suppress(Py4JJavaError):
                    java.java.lang.Class.forName(name.replace("/", "."), False, loader)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
