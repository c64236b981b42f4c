"""Milestones of a measure: planned, said to be done by the owner, accepted by the receiver (D1)."""
