"""Tests of the service contracts."""
