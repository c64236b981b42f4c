"""How figures, parts of pages and charts are prepared for the templates; knows no model."""
