"""Changing many measures at once."""
