"""Building the demo: its accounts, the tenant `education`, the tenant `nordwerk`."""
