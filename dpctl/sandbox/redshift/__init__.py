"""Redshift Serverless of the sandbox: a real PostgreSQL that speaks Redshift.

PostgreSQL (embedded by a package) keeps the rows, types, lengths, transactions and passwords. Around it this
package translates Redshift's SQL, carries out UNLOAD, COPY and COPY JOB on the sandbox's S3, keeps the SYS_*
views, and answers on two sides: the Data API (`Engine.data_api`) and the wire protocol (`Engine.wire_port`).
"""

from __future__ import annotations

from dpctl.sandbox.redshift.dataapi.api import iam_user
from dpctl.sandbox.redshift.engine import Engine
from dpctl.sandbox.redshift.errors import DataApiError
from dpctl.sandbox.redshift.server.tls import ca_file, server_chain
from dpctl.sandbox.redshift.surroundings import Surroundings

__all__ = ["DataApiError", "Engine", "Surroundings", "ca_file", "iam_user", "server_chain"]
