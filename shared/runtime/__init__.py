"""Plumbing that knows no noun of the business: databases, events, jobs, doors."""
