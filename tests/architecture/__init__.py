"""What holds for the whole house, whatever an app does."""
