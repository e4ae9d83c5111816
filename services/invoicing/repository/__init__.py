"""Every query of invoicing, on the driver's connection: set-based, with bound values."""
