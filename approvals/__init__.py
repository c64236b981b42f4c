"""Decisions: routes, requests, votes and conditions; knows no subject. Filled by a later issue."""
