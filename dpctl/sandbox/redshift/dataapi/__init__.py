"""The Redshift Data API: statements by HTTP, their state, results and metadata."""
