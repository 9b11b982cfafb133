"""The flow of rows while it runs: what waits, what was given up, what was loaded, and hands to mend it."""
