"""A Spark for jobs of type glueetl: where it is, how it is installed, and how a job is submitted to it."""

from dpctl.sandbox.spark.home import INSTALL, Spark, find
from dpctl.sandbox.spark.install import install
from dpctl.sandbox.spark.submit import MODULES, Place, Refused, Submission, submission

__all__ = ["INSTALL", "MODULES", "Place", "Refused", "Spark", "Submission", "find", "install", "submission"]
