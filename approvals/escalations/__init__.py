"""Escalations: what is overdue climbs from person to person until it is settled (T17)."""
