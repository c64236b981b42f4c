"""Roles on nodes: the only place that knows django-guardian."""
