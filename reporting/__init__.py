"""Reading: roll-ups and dashboards."""
