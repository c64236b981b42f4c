"""Stored roll-ups: one set of rows per node, kept current by a worker (F1 to F7, L1 to L5)."""
