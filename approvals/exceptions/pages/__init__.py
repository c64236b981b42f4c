"""Pages of exceptions."""
