"""What contracts does, one function a verb; the doors call it inside their transaction."""
