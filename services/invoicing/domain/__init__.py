"""The arithmetic of invoicing: plain values in, plain values out; amounts are int minor units."""
