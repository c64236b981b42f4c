"""Metrics: what a tenant measures, and where it shows in its statements."""
