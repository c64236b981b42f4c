"""Restatements: rows that correct locked months, signed by two of finance (V4, S8)."""
