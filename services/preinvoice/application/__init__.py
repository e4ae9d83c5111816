"""What preinvoice does, a verb a file; every function joins the transaction of its caller."""
