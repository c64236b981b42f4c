"""The tree of nodes: one table, one path, one move (H2)."""
