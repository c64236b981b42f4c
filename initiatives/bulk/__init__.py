"""Changing many measures at once: chosen, shown beforehand, written by the rules of one, undone."""
