"""Numbers: metrics, effects and monthly values."""
