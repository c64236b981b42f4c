"""What this app attaches to the floors below, once all apps are loaded."""

from initiatives.hooks import on_measure_delete
from kpis.services import delete_effects

on_measure_delete(delete_effects)
