"""What Spark alone takes, as a job: to start (``--do start``), and MySQL's rows as CSV in S3 (``--do rows``).

Nothing is looked at, quoted with care, counted or loaded: no job that reads with Spark can take less.
"""

import json
import sys

import boto3
from pyspark.sql import SparkSession

given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=False))
spark = SparkSession.builder.getOrCreate()
if given["--do"] == "rows":
    region = given["--region"]
    connection = boto3.client("glue", region_name=region).get_connection(Name=given["--connection"])
    said = connection["Connection"]["ConnectionProperties"]
    secrets = boto3.client("secretsmanager", region_name=region)
    login = json.loads(secrets.get_secret_value(SecretId=said["SECRET_ID"])["SecretString"])
    parts = 2 * spark.sparkContext.defaultParallelism
    spark.read.jdbc(
        said["JDBC_CONNECTION_URL"], given["--table"], column="id", lowerBound=1,
        upperBound=int(given["--rows"]), numPartitions=parts,
        properties={
            "user": login["username"], "password": login["password"], "driver": "com.mysql.cj.jdbc.Driver",
            "fetchsize": str(-(2**31)),
        },
    ).write.csv(f"s3://{given['--bucket']}/bench/plain/")  # fmt: skip
