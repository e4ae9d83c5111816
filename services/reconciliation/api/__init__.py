"""The HTTP door of reconciliation, a file a resource."""
