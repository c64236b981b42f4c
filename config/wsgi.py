"""The WSGI application that the web server loads."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.observers import start_observers
from config.role import refuse_mighty_role

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Before the middleware is loaded: tracing adds its own.
start_observers(settings.ENV)
application = get_wsgi_application()
refuse_mighty_role()
