"""What files can be about: for each profile the columns it knows and how a row is read."""
