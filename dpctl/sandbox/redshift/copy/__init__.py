"""COPY: files of S3 (or a DynamoDB table) become rows of a table, or errors with file, line and column."""
