"""Exceptions: what deviates gets an owner, a clock and a forced decision (E1, E2)."""
