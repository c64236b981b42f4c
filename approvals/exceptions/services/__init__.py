"""Writing exceptions: opening, handling, climbing."""
