"""The rules of draft pre-invoicing: plain values in, plain values out."""
