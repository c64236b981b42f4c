"""Tenants and the three belts that keep them apart (N1)."""
