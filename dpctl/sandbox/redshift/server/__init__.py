"""The wire protocol: what a driver or psql connects to."""
