"""Run by Spark's own Python: which values fit, and what is staged of them; cases and answers are JSON."""

import importlib.util
import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

script, cases = sys.argv[1:]
spec = importlib.util.spec_from_file_location("gluejob", script)
gluejob = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gluejob)
spark = SparkSession.builder.master("local[1]").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
spark.conf.set("spark.sql.ansi.enabled", "false")
numbers = [10000000.0, 1.4285714285714286e-101, 0.1, -123456789012.5, 1e16, 1e300, 0.0, 12.0]
frame = spark.createDataFrame([(number,) for number in numbers], "c0 double")
texts = [row[0] for row in frame.selectExpr(gluejob.arrived(0, "float")).collect()]
assert [float(text) for text in texts] == numbers, texts
assert texts[0] == "10000000", texts
# Of these kinds the type that holds most: what a type can't hold is not looked for.
WIDEST = {"int": ("bigint", "bigint unsigned"), "decimal": ("decimal", "decimal(65,30)")}
answers = []
with Path(cases).open(encoding="utf-8") as file:
    for kind, target, values in json.load(file):
        widest = WIDEST.get(kind, (kind, kind))
        pair = gluejob.Pair("c", gluejob.parse_type(target), True, gluejob.Source("c", *widest), kind)
        frame = spark.createDataFrame([(i, value) for i, value in enumerate(values)], "i int, v string")
        fits = f"coalesce({gluejob.fits(pair, 'v')}, false) AS fits"
        rows = frame.selectExpr("i", fits, f"{gluejob.written(pair, 'v')} AS text").orderBy("i")
        answers.append([[row["fits"], row["text"]] for row in rows.collect()])
sys.stdout.write("ANSWERS " + json.dumps(answers) + "\n")
