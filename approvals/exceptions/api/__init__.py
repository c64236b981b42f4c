"""The API of exceptions."""
