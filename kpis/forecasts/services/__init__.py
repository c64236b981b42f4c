"""Writing forecasts, plans and reasons: many effects of one measure in one save."""
