"""Reports of a reporting period: drafted from events, signed, frozen and chained (R4)."""
