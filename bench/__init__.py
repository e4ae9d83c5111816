"""Measurements: each job times our code beside a floor in the same run."""
