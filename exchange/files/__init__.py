"""Reading foreign files: what they are, their rows, and what stands in a cell; pure."""
