"""The reporting rhythm: who owes an update by when, per program (domain.md, R1 to R3, L4)."""
