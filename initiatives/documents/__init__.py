"""Documents of a measure: what is claimed elsewhere, proven by a file that cannot change."""
