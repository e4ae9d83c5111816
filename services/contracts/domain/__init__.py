"""The rules of contracts as pure functions over plain values."""
