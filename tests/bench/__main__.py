"""`python -m tests.bench`: builds the tenants, takes the times, prints and writes the report."""

import importlib
import os

from tests.bench.options import Options
from tests.bench.servers import built, held


def main() -> None:
    """Django's models can only be imported once the settings know the database."""
    options = Options.read(os.environ)
    servers = held()
    with built(servers, keep=options.keep):
        importlib.import_module("tests.bench.session").run(options, servers)


main()
