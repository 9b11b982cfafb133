"""Small changes to the rules that decide, one at a time: the tests must notice them (``make mutants``)."""
