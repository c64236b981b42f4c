"""Changes of a frozen plan (T15), and the baselines that they leave behind (V3)."""
