"""Plumbing between HTTP and the services: transactions, identity, errors, pages of lists."""
