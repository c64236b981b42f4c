"""The one-command runtime: embedded PostgreSQL, launcher, checks. Never imported by the apps."""
