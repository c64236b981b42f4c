"""The demo portfolio: reading its data and building its tenants through the services."""
