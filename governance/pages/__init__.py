"""Pages of the kernel: people and roles, master data, audit, tokens, the tenant's settings."""
