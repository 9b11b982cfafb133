"""The flow of rows while it runs: what waits, what is a dead letter, what was loaded, and hands to fix it."""
