"""Pages of the tree and of measures."""
