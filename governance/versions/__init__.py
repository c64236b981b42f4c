"""Settings as versions that one person proposes and another publishes (S5)."""
