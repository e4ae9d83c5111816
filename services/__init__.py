"""The five services. None imports another; they share `shared` and speak through events."""
