"""The rows behind a figure of the portfolio page: measures, or places, that add up to it."""
