"""Who did what: append-only events, sealed per tenant into a hash chain (A1, A2)."""
