"""Tests of imports and of the demo."""
