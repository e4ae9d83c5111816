"""The HTTP door of invoicing, a file a resource."""
