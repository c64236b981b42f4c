"""Pages of decisions that belong to no kind of subject."""
