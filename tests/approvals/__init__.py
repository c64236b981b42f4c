"""Tests of requests, votes, conditions and delegations."""
