"""Writing owners, references, claims, validations and baselines of effects."""
