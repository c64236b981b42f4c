"""The formulas of value (F1 to F9) and the lights that follow from it (L1 to L3, L6)."""
