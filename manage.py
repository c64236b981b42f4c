#!/usr/bin/env python3
"""Django's command line; finds or starts the embedded server where no address is given."""

import os
import sys

from django.core.management import execute_from_command_line

from local.session import prepare


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    session = prepare(sys.argv)
    try:
        execute_from_command_line(sys.argv)
    finally:
        if session is not None:
            session.release()


if __name__ == "__main__":
    main()
