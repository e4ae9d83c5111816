"""Every query of reconciliation."""
