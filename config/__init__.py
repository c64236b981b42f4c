"""Wiring of the product: settings, addresses, Celery, web entry point. Nobody imports it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
