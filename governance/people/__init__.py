"""People: users, their memberships in tenants, API tokens, and what roles may do."""
