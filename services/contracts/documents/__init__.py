"""Documents of contracts: what is printed, shown on screen or exported."""
