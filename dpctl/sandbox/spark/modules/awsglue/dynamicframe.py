"""Not here: dynamic frames live in Glue's Java library."""

raise ImportError(
    "awsglue.dynamicframe needs Glue's Java library, which the sandbox has not. "
    "Use Spark's DataFrames, which run in both."
)
