"""Value settings: tolerances, days of the period close and the sustain period, by version (S5)."""
