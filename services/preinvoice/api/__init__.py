"""The HTTP door of preinvoice."""
