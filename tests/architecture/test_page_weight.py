"""What a page makes a browser load, and what stays of it without scripts."""

import re
from html.parser import HTMLParser
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from tests.architecture.access.samples import furnish
from tests.architecture.test_access_matrix import url_of
from tests.architecture.test_query_budgets import READABLE
from tests.houses import House

# All the scripts and styles that a page may ship, compressed, charts included.
MOST_BYTES = 250_000
PAGES = {name: row for name, row in READABLE.items() if not name.startswith("api-")}


class Loaded(HTMLParser):
    """The scripts and styles a page names, and its charts with the tables behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.files: set[str] = set()
        self.charts = 0
        self.tables_of_charts = 0
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "script" and found.get("src"):
            self.files.add(str(found["src"]))
        if tag == "link" and found.get("rel") == "stylesheet":
            self.files.add(str(found["href"]))
        if "data-chart" in found:
            self.charts += 1
        if tag == "figure":
            self.inside.append(tag)
        if tag == "table" and self.inside:
            self.tables_of_charts += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "figure" and self.inside:
            self.inside.pop()


def weight(file: str) -> int:
    """Bytes of one file as browsers get it, which all take Brotli."""
    name = re.sub(r"\?.*$", "", file).removeprefix(settings.STATIC_URL)
    path = finders.find(name)
    assert path, f"{file} is not built"
    return len(brotli.compress(Path(str(path)).read_bytes(), quality=11))


@pytest.fixture
def plain_static(settings: object) -> None:
    if not finders.find("css/tollgate.css"):
        pytest.skip("the assets are not built: run `make assets`")
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}  # type: ignore[attr-defined]  # pytest-django's settings


def test_pages_are_light_and_each_chart_has_its_table(plain_static: None, alpha: House) -> None:
    """One test for all, so that its house is furnished once."""
    samples = furnish(alpha)
    clients: dict[str, Client] = {}
    heavy, bare = {}, []
    known: dict[str, int] = {}
    for name, row in PAGES.items():
        client = clients.setdefault(row.has, alpha.client(row.has))
        answer = client.get(url_of(row, samples, row.has))
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        loaded = Loaded()
        loaded.feed(answer.content.decode())
        known |= {file: weight(file) for file in loaded.files - known.keys()}
        total = sum(known[file] for file in loaded.files)
        if total > MOST_BYTES:
            heavy[name] = total
        if loaded.tables_of_charts < loaded.charts:
            bare.append(name)
    assert heavy == {}
    assert bare == []
    assert known, "no page loaded anything"
