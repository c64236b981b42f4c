"""Work: measures and the nodes above them in the domain words."""
