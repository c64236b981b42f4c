"""One search over everything that has a code or a name: each app says what it finds."""
