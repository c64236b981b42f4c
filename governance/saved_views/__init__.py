"""Saved views: what an address of a list or dashboard shows, kept under a name."""
