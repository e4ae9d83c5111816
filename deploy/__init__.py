"""Puts the services together: the `mb` command, the image, and the whole suite in one process."""
