"""UNLOAD: the rows of a query become files in S3, with their manifest."""
