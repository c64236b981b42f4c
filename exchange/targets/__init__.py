"""Comparing what rows ask for with what the tenant holds."""
