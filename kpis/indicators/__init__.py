"""KPIs: objectives, indicators and what they were to be and were, period by period (K1)."""
