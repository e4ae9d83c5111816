"""A month end through the gateway, on the example files, as a clerk would do it by hand."""
