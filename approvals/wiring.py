"""What this app adds to navigation and histories, once all apps are loaded."""
