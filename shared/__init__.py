"""What every service stands on: the kernel (pure), the events (the published language) and the runtime (plumbing)."""
