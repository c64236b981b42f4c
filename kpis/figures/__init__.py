"""The formulas of value (F1 to F8) and the lights that follow from it (L1 to L3, L6)."""
