"""Long runs against the real product; `make kill` starts them."""
