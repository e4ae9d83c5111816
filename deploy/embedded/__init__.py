"""Private PostgreSQL and RabbitMQ servers for the demo and the tests: started here, stopped here."""
