"""What Redshift's system views answer: their columns, and rows of a load."""

from __future__ import annotations

from dpctl.redshift.executor import Result

CATALOGUE_COLUMNS = (
    "schema_name",
    "table_name",
    "column_name",
    "data_type",
    "is_nullable",
    "encoding",
    "distkey",
    "sortkey",
)
DETAILS = ("file_location", "file_name", "file_size", "file_etag", "status")
HISTORY = Result("h", columns=("r", "f", "b", "e"), rows=((10, 2, 300, 0),))
ERROR_COLUMNS = (
    "file_name",
    "line_number",
    "column_name",
    "column_type",
    "column_length",
    "error_code",
    "error_message",
)
ERRORS = Result(
    "e",
    columns=ERROR_COLUMNS,
    rows=(
        ("s3://source/a.csv ", 3, "amount", "numeric", "12,2", 1207, "Invalid digit, Value 'x', Pos 0"),
        ("s3://source/b.csv", 9, "note ", "varchar", "5", 1204, "String length exceeds DDL length"),
    ),
)
