"""Tests of the buy side of contracts, through its HTTP door and its inbox."""
