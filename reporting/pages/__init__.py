"""Pages of figures: the portfolio, the totals of a node, and the tables as files."""
