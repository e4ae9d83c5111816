"""Invoicing at the door: what callers send and what they are answered."""
