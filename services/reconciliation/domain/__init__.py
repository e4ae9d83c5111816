"""The rules of reconciliation as pure functions over plain values; amounts are minor units of one currency."""
