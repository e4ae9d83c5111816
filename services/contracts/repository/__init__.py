"""Every query of contracts: rows come in and go out as plain mappings."""
