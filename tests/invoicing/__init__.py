"""Tests of invoicing: pure tables, use cases on PostgreSQL, the HTTP door and the run's races."""
