"""Targets from the top down: proposed by one person, approved by another, versioned (H7)."""
