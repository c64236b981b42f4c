"""Whatever stands in an address or behind its question mark, no answer is an error of ours."""

import re
from urllib.parse import quote

import pytest
from django import forms
from django.db import transaction
from django.test import Client
from rest_framework import serializers

from tests.architecture.access.table import Row
from tests.architecture.matrix import Matrix
from tests.architecture.source import app_sources
from tests.architecture.test_access_matrix import KNOWN, url_of

HOSTILE = (
    "\x00",
    "a\x00b",
    "\ufffe",
    "\U0001f4a9",
    "%",
    "%00",
    "..",
    "-",
    "'\"><script>",
    "1e999",
    "NaN",
    "9" * 400,
    "x" * 5000,
    "0001-01",
    "9999-12",
    "2026-13",
    "-1",
    "\u202e",
)
RAW = ("%C3%28", "%ED%A0%80", "%FF", "%", "%zz")


def asked_for() -> list[str]:
    """Names that the code reads from query strings: by hand, by form or by serializer."""
    spelled = re.compile(r"GET(?:\.get\(|\[)[\"']([a-z_]+)")
    names = {name for source in app_sources() for name in spelled.findall(source.text)}
    for kind in (forms.Form, serializers.Serializer):
        for found in _below(kind):
            declared = getattr(found, "base_fields", None) or getattr(found, "_declared_fields", {})
            names |= set(declared)
    return sorted(names)


def _below(kind: type) -> set[type]:
    found = set(kind.__subclasses__())
    return found.union(*(_below(inner) for inner in found)) if found else found


def statuses(client: Client, urls: list[str]) -> dict[str, int]:
    client.raise_request_exception = False
    found = {}
    for url in urls:
        with transaction.atomic():
            found[url[:200]] = client.get(url).status_code
            transaction.set_rollback(True)
    return {url: status for url, status in found.items() if status >= 500}


# One row per address.
READ = {row.name: row for row in KNOWN if "get" in row.methods}
READABLE = [row for row in READ.values() if row.methods["get"][0] == 200]
PLACED = [row for row in READ.values() if row.at]


@pytest.mark.parametrize("row", READABLE, ids=lambda row: row.name)
def test_no_question_is_an_error_of_ours(row: Row, matrix: Matrix) -> None:
    url = url_of(row, matrix.samples, row.has)
    joint, names = "&" if "?" in url else "?", asked_for()
    together = [
        url + joint + "&".join(f"{name}={bad}" for name in names)
        for bad in (*map(quote, HOSTILE[::2]), *RAW[:2])
    ]
    # One faulty question may hide another: those that are read by hand alone as well.
    alone = [f"{url}{joint}{name}=%00" for name in ("q", "cursor", "under", "history_cursor")]
    assert statuses(matrix.browser(row.has), together + alone) == {}


@pytest.mark.parametrize("row", PLACED, ids=lambda row: row.name)
def test_no_address_is_an_error_of_ours(row: Row, matrix: Matrix) -> None:
    url = url_of(row, matrix.samples, row.has)
    before, *segments = url.split("/t/" if url.startswith("/t/") else "/tenants/")[-1].split("/")
    start = url[: url.index(before)]
    urls = []
    for place, segment in enumerate(segments):
        if segment and not re.fullmatch(r"[a-z-]+", segment):
            urls += [
                f"{start}{before}/" + "/".join([*segments[:place], bad, *segments[place + 1 :]])
                for bad in (*map(quote, HOSTILE), *RAW)
            ]
    urls += [f"{start}{bad}/" + "/".join(segments) for bad in (*map(quote, HOSTILE), *RAW)]
    assert urls
    assert statuses(matrix.browser(row.has), urls) == {}
