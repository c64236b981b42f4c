"""Every address against five callers: anonymous, stranger, without the right, with it, auditor.

The table is in `tests/architecture/access`; `docs/access-matrix.md` is written from it.
"""

import importlib
import os
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.architecture import access
from tests.architecture.access.samples import FILLS, Samples
from tests.architecture.access.table import METHODS, NAMES_NOTHING, PUBLIC, SIGNED_IN, Row
from tests.architecture.matrix import STRANGERS, Matrix
from tests.architecture.source import PROJECT
from tests.houses import House

DOCUMENT = PROJECT / "docs" / "access-matrix.md"


@dataclass(frozen=True)
class Address:
    """A named address and whether it lies inside a tenant."""

    name: str
    pattern: str

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")

    @property
    def is_of_a_tenant(self) -> bool:
        return "<slug:tenant_slug>" in self.pattern


def addresses() -> Iterator[Address]:
    yield from _named(get_resolver().url_patterns)


def _named(
    patterns: list[URLPattern | URLResolver], before: str = "", spaces: str = ""
) -> Iterator[Address]:
    for pattern in patterns:
        path = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            space = f"{spaces}{pattern.namespace}:" if pattern.namespace else spaces
            yield from _named(pattern.url_patterns, path, space)
        elif pattern.name:
            yield Address(f"{spaces}{pattern.name}", path)


def rows() -> list[Row]:
    modules = [
        importlib.import_module(f"{access.__name__}.{module.name}")
        for module in pkgutil.iter_modules(access.__path__)
    ]
    return [row for module in modules for row in getattr(module, "ROWS", ())]


def url_of(row: Row, samples: Samples, who: str, house: House | None = None) -> str:
    slug = (house or samples.house).slug
    url = reverse(row.name, kwargs={"tenant_slug": slug, **FILLS[row.at](samples, who)})
    asked = {"under": row.under, "node": row.of}
    query = [f"{key}={FILLS[at](samples, who)['code']}" for key, at in asked.items() if at]
    return f"{url}?{'&'.join(query)}" if query else url


def send(client: Client, method: str, url: str, row: Row) -> Any:
    """One request of which nothing stays."""
    client.raise_request_exception = False
    with transaction.atomic():
        if method == "get":
            answer = client.get(url)
        elif url.startswith("/api/"):
            answer = getattr(client, method)(
                url, row.body, content_type="application/json", headers={"If-Match": '"1"'}
            )
        elif method == "post":
            answer = client.post(url, row.body)
        else:
            answer = getattr(client, method)(url)
        transaction.set_rollback(True)
    return answer


KNOWN = rows()


def row_id(row: Row) -> str:
    return "-".join(filter(None, (row.name, row.at, row.of, row.lacks)))


# --- completeness -----------------------------------------------------------------------------


def test_every_address_has_its_row() -> None:
    of_tenants = {address.name for address in addresses() if address.is_of_a_tenant}
    assert of_tenants == {row.name for row in KNOWN}


def test_every_address_outside_of_tenants_is_listed_with_its_reason() -> None:
    others = {address.name for address in addresses() if not address.is_of_a_tenant}
    assert others == PUBLIC.keys() | SIGNED_IN.keys()


def test_an_address_without_a_name_leads_to_another_only() -> None:
    """Such as `accounts/signup/`, which lies before allauth's own page of that address."""

    def nameless(patterns: list[Any], before: str = "") -> Iterator[tuple[str, str]]:
        for pattern in patterns:
            path = f"{before}{pattern.pattern}"
            if isinstance(pattern, URLResolver):
                yield from nameless(pattern.url_patterns, path)
            elif not pattern.name:
                yield path, pattern.callback.view_class.__name__

    found = dict(nameless(get_resolver().url_patterns))
    assert set(found.values()) == {"RedirectView"}
    assert all(path.lstrip("^").startswith("accounts/") for path in found)


# --- the matrix -------------------------------------------------------------------------------


@pytest.mark.parametrize("row", KNOWN, ids=row_id)
def test_members_get_what_the_table_says(row: Row, matrix: Matrix) -> None:
    found = {
        method: tuple(
            send(matrix.browser(who), method, url_of(row, matrix.samples, who), row).status_code
            for who in (row.has, row.lacks, "auditor")
        )
        for method in row.methods
    }
    assert found == row.methods


@pytest.mark.parametrize("row", KNOWN, ids=row_id)
def test_what_an_address_does_not_do_it_refuses(row: Row, matrix: Matrix) -> None:
    offered = {m for other in KNOWN if other.name == row.name for m in other.methods}
    client, url = matrix.browser(row.has), url_of(row, matrix.samples, row.has)
    found = {m: send(client, m, url, row).status_code for m in METHODS if m not in offered}
    assert set(found.values()) <= {405}, found


@pytest.mark.parametrize("row", KNOWN, ids=row_id)
def test_nobody_gets_anywhere_without_signing_in(row: Row, matrix: Matrix) -> None:
    url = url_of(row, matrix.samples, "guest")
    for method in METHODS:
        answer = send(Client(), method, url, row)
        if url.startswith("/api/"):
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        else:
            assert answer.status_code == 302
            assert answer["Location"].startswith("/accounts/login/?next=/t/")


@pytest.mark.parametrize("row", KNOWN, ids=row_id)
def test_a_stranger_finds_nothing(row: Row, matrix: Matrix) -> None:
    """By session and by token, whoever he is at home."""
    url = url_of(row, matrix.samples, row.has)
    callers = [matrix.browser(who, house=matrix.stranger) for who in STRANGERS]
    if url.startswith("/api/"):
        callers.append(Client(headers={"Authorization": f"Bearer {matrix.stranger_token}"}))
    for caller in callers:
        found = {method: send(caller, method, url, row).status_code for method in METHODS}
        assert set(found.values()) == {404}, found


@pytest.mark.parametrize("row", [row for row in KNOWN if row.at not in NAMES_NOTHING], ids=row_id)
def test_what_stands_in_another_tenant_is_not_there_at_home(row: Row, matrix: Matrix) -> None:
    """The stranger's own tenant in the address, and our code or id behind it."""
    url = _foreign(url_of(row, matrix.samples, row.has, matrix.stranger), matrix.samples)
    client = matrix.browser(row.has, house=matrix.stranger)
    found = {method: send(client, method, url, row).status_code for method in row.methods}
    assert set(found.values()) == {404}, found


SETTINGS = (
    "versions",
    "calendar-versions",
    "value-settings-versions",
    "reporting-calendar-versions",
)


def _foreign(url: str, samples: Samples) -> str:
    """Codes that both tenants have are replaced by ones that only the first could have."""
    house = samples.house
    rows = (house.portfolio, house.program, house.project, house.package)
    entries = (house.unit, house.function, house.entity, house.forum)
    for code in [row.code for row in (*rows, *entries)]:
        url = url.replace(f"/{code}/", f"/{code}9/")
    for number in (samples.calendar.number, samples.settings.number, samples.rhythm.number):
        for word in SETTINGS:
            url = url.replace(f"/{word}/{number}/", f"/{word}/{number}9/")
    return url


WRITING = [row for row in KNOWN if row.methods.keys() - {"get"}]


@pytest.mark.parametrize("row", WRITING, ids=row_id)
def test_no_browser_changes_anything_without_the_token_of_its_page(
    row: Row, matrix: Matrix
) -> None:
    client, url = matrix.browser(row.has, checks=True), url_of(row, matrix.samples, row.has)
    found = {m: send(client, m, url, row).status_code for m in row.methods if m != "get"}
    assert set(found.values()) == {403}, found


@pytest.mark.parametrize("name", sorted(PUBLIC.keys() - {"set_language"}))
def test_public_addresses_answer_without_a_sign_in(name: str, client: Client, db: None) -> None:
    places = {
        "account_confirm_email": ["x"],
        "account_reset_password_from_key": ["x", "y-z"],
        "unsubscribe": ["unsigned"],
    }
    answer = client.get(reverse(name, args=places.get(name, [])))
    # Not ready without a worker: that is an answer too. No metrics where no token is set, and
    # nothing to turn off by an address that nobody signed.
    answers = {"ready": {200, 503}, "metrics": {404}, "unsubscribe": {404}}
    assert answer.status_code in answers.get(name, {200, 302})
    assert not answer.headers.get("Location", "").startswith("/t/")


@pytest.mark.parametrize("name", sorted(SIGNED_IN))
def test_ones_own_pages_need_a_sign_in(name: str, client: Client, db: None) -> None:
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


# --- the document -----------------------------------------------------------------------------


def test_the_document_is_current() -> None:
    """After a wanted change: `TOLLGATE_SNAPSHOTS=write`, run this test, review the difference."""
    text = _document()
    if os.environ.get("TOLLGATE_SNAPSHOTS") == "write":
        DOCUMENT.write_text(text, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == text


def _document() -> str:
    patterns = {address.name: address for address in addresses()}
    lines = [
        "# Who may open what",
        "",
        "Written by `tests/architecture/test_access_matrix.py` from the rows that it tests. Each",
        "cell is the status that this caller gets: `has` is a member with the right, `lacks` one",
        "without it (a guest has no role at all), a stranger a member of another tenant. 302",
        "without a sign-in leads to the sign-in page. Methods that are not listed answer 405.",
        "",
        "| address | method | anonymous | stranger | lacks | has | auditor |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in KNOWN:
        address = patterns[row.name]
        path = "/" + address.pattern.replace("<slug:tenant_slug>", "{tenant}")
        for method, (has, lacks, auditor) in row.methods.items():
            nobody = 401 if address.is_api else 302
            lines.append(
                f"| `{path}` | {method.upper()} | {nobody} | 404 | {lacks} ({row.lacks})"
                f" | {has} ({row.has}) | {auditor} |"
            )
    lines += ["", "## Without a sign-in", "", "| address | why |", "| --- | --- |"]
    lines += [f"| `/{patterns[name].pattern}` | {why} |" for name, why in PUBLIC.items()]
    lines += ["", "## With any sign-in", "", "| address | why |", "| --- | --- |"]
    lines += [f"| `/{patterns[name].pattern}` | {why} |" for name, why in SIGNED_IN.items()]
    return "\n".join(lines) + "\n"
