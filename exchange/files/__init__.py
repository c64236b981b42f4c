"""Files as they come and go: reading and writing tables."""
