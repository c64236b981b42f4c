"""Asking for bulk edits, and working them off."""
