"""Tests of the one-command runtime."""
