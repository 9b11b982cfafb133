"""The embedded PostgreSQL below: its process, its connections, its messages and its types."""
