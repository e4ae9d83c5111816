"""The HTTP door of contracts, a file a resource."""
