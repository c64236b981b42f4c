"""The API of delegations."""
