"""What is overdue climbs from person to person."""
