"""Stage gates: what a gate demands, who decides it, and what a decision does to a measure."""
