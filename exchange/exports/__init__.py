"""Taking lists out: making files, keeping them a while, removing them."""
