"""The API of metrics, effects and values."""
