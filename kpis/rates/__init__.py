"""Exchange rates: proposed by one person, confirmed by another, and totals in one currency (V8)."""
