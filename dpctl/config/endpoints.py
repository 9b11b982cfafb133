"""The interface endpoints that ``egress: endpoints`` brings; they are paid by zone and hour."""

from __future__ import annotations

# modules/static-infrastructure/networking/endpoints.tf makes them (a test compares); a Glue connection that
# takes its user from a secret needs the first two.
INTERFACE_ENDPOINTS = ("sts", "secretsmanager", "glue", "kms", "logs", "redshift-data")
