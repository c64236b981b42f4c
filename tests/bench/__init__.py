"""Benchmarks: the product beside bare SQL on generated tenants; run by `make bench`."""
