"""The published language: what the services tell each other, one file per speaker."""
