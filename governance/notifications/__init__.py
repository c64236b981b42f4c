"""Notices to people: in the product, and by mail at once or once a day."""
