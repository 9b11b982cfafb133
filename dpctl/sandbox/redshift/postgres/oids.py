"""The types of PostgreSQL by the number (OID) under which its wire protocol names them.

They are fixed: src/include/catalog/pg_type.dat of PostgreSQL.
"""

from __future__ import annotations

BOOL, INT8, INT2, INT4 = 16, 20, 21, 23
FLOAT4, FLOAT8, NUMERIC = 700, 701, 1700
DATE, TIME, TIMESTAMP, TIMESTAMPTZ, TIMETZ = 1082, 1083, 1114, 1184, 1266
TEXT, BPCHAR, VARCHAR = 25, 1042, 1043
NAME, OID = 19, 26
SUPER, VARBYTE = 4000, 6551
"""Redshift's own (types.sql); its drivers know them by these numbers."""
