"""The WSGI application that the web server loads."""

import os

from django.core.wsgi import get_wsgi_application

from config.role import refuse_mighty_role

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
refuse_mighty_role()
