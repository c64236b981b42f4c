"""The kernel: tenants, people, tree, roles, master data, audit, events, page and API plumbing."""
