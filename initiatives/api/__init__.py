"""The API of the tree and of measures."""
