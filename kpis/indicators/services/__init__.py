"""Writing objectives, KPIs and their periods (K1)."""
