"""The rows behind figures."""
