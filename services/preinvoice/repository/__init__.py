"""Every query of preinvoice: rows in, domain values out."""
