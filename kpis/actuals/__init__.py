"""Actuals: what owners claim month by month, and what finance validates of it (V4, V5, S4)."""
