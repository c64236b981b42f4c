"""The tenant's calendar of business days, which clocks and deadlines count by (S5, G6)."""
