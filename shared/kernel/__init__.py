"""Money, periods, ids and errors: pure values that any domain may import."""
