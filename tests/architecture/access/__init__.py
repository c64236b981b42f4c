"""Who may open what: a row per address, a module per app; `table` says how to write a row."""
