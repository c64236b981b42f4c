"""Master data of a tenant: business units, functions, legal entities, forums (H4)."""
