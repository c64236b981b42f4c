"""The API of roll-ups."""
