"""A second, slow reading of domain.md section 6; knows nothing of the product's formulas."""
