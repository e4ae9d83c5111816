"""Use cases of invoicing, one verb a file."""
