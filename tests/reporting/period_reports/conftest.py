"""Measures past their gates, for everything that depends on a stage."""

from tests.kpis.conftest import open_stages

__all__ = ["open_stages"]
