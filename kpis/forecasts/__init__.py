"""Forecasts: what is expected now, why it moved, and how far it is from the baseline."""
