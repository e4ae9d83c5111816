"""The use cases of reconciliation, a verb a file."""
