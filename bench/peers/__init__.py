"""What else a user could post the same invoices with, each in an environment of its own (G3 of docs/performance.md)."""
