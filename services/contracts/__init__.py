"""Contracts: registers, radio contracts with their spots and logs, media orders with insertions, media campaigns.

It tells what was ordered and what ran; it hears what was invoiced and what media suppliers billed.
"""
