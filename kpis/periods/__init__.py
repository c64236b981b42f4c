"""Periods: months that close for claims and then for validation, tenant by tenant (V4)."""
