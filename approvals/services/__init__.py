"""Writing requests, votes, conditions and delegations."""
