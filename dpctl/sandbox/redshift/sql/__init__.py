"""Redshift's SQL: read it, check it, and say it in PostgreSQL's words."""
