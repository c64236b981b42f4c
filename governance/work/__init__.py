"""What waits for a person, gathered from all apps: one list, one way to count it."""
