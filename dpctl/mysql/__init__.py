"""The MySQL that tables are loaded from: what its tables look like, and what becomes of them in Redshift."""
