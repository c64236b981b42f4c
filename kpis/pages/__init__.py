"""Pages of value: the months of a measure's effects."""
