"""The commands: setting up tenants, tokens, verifying the audit chain, exporting its head."""

import io
import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.audit.services import Subject, record
from governance.events.models import OutboxEvent
from governance.people.choices import Role
from governance.people.models import ApiToken, User
from governance.people.selectors import member_by_email
from governance.permissions.selectors import grants_of
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from governance.tree.selectors import root_node
from tests.houses import ApiCaller, House, World
from tests.plugins.servers import Servers
from tests.sealing import seal_all

TENANT = {
    "slug": "acme",
    "name": "Acme Industries",
    "currency": "CHF",
    "fiscal_year_start": 10,
    "language": "de",
    "time_zone": "Europe/Zurich",
    "admin_email": "anna@acme.example",
    "admin_name": "Anna Kern",
}


def said(command: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def refused(command: str, **options: Any) -> str:
    with pytest.raises(CommandError) as caught:
        said(command, **options)
    assert caught.value.returncode == 1
    return str(caught.value)


# --- create_tenant ----------------------------------------------------------------------------


def test_a_tenant_starts_with_root_administrator_and_invitation(db: None) -> None:
    text = said("create_tenant", **TENANT)
    assert "acme (Acme Industries)" in text
    assert "anna@acme.example" in text
    tenant = Tenant.objects.get(slug="acme")
    assert (tenant.currency, tenant.fiscal_year_start, tenant.language) == ("CHF", 10, "de")
    assert tenant.time_zone == "Europe/Zurich"
    with tenant_transaction(tenant.pk):
        anna = member_by_email("anna@acme.example", field="email")
        (grant,) = grants_of(anna)
        assert (grant.role, grant.node, grant.granted_by) == (Role.ADMINISTRATOR, root_node(), None)
        assert root_node().name == "Acme Industries"
        invitation = OutboxEvent.objects.get(topic="membership.created")
        actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert invitation.payload["is_new_user"] is True
    assert actions >= {"tenant.created", "node.created", "membership.created", "role.granted"}


def test_the_printed_address_lets_the_administrator_choose_a_password(db: None) -> None:
    text = said("create_tenant", **TENANT)
    found = re.search(r"Choose a password at: http://testserver(/\S+)", text)
    assert found is not None
    client = Client()
    page = client.get(found.group(1), follow=True)
    assert page.status_code == 200
    new = {"password1": "correct horse battery", "password2": "correct horse battery"}
    done = client.post(page.redirect_chain[-1][0], new, follow=True)
    assert done.status_code == 200
    assert User.objects.get(email="anna@acme.example").check_password("correct horse battery")


def test_somebody_with_a_password_keeps_it_in_a_second_tenant(db: None) -> None:
    said("create_tenant", **TENANT)
    user = User.objects.get(email="anna@acme.example")
    user.set_password("correct horse battery")
    user.save()
    text = said("create_tenant", **TENANT | {"slug": "acme-two", "admin_name": "Somebody Else"})
    assert "Choose a password" not in text
    assert User.objects.get(email="anna@acme.example").name == "Anna Kern"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"slug": "Acme!"}, "slug: 2 to 41"),
        ({"slug": "a"}, "slug: 2 to 41"),
        ({"slug": "acme\n"}, "slug: 2 to 41"),
        ({"name": " "}, "name: This is required"),
        ({"currency": "EURO"}, "currency: Three capital letters"),
        ({"fiscal_year_start": 13}, "fiscal_year_start: A month"),
        ({"language": "xx"}, "language: Choose"),
        ({"time_zone": "../etc"}, "time_zone: Name a time zone"),
        ({"admin_email": "anna"}, "email: Enter a complete"),
        ({"admin_name": "a\x07"}, "name: This contains control characters"),
    ],
)
def test_a_tenant_that_cannot_be_is_refused_with_a_reason(
    db: None, given: dict[str, Any], words: str
) -> None:
    assert words in refused("create_tenant", **TENANT | given)
    assert not Tenant.objects.filter(name="Acme Industries").exists()
    assert not User.objects.filter(email="anna@acme.example").exists()


def test_a_slug_is_given_once(db: None) -> None:
    said("create_tenant", **TENANT)
    assert "exists already" in refused("create_tenant", **TENANT)


# --- create_token -----------------------------------------------------------------------------


def test_a_token_is_printed_alone_and_works(alpha: House) -> None:
    text = said(
        "create_token",
        tenant=alpha.slug,
        email="PMO@alpha.example",
        scopes="read,write",
        days=3,
        name="Nightly",
    )
    assert re.fullmatch(r"tg_[0-9a-f]{32}_\S+\n", text)
    caller = ApiCaller(alpha, text.strip())
    assert caller.post("functions/", {"code": "F2", "name": "X"}).status_code == 201
    with alpha.active():
        token = ApiToken.objects.get(name="Nightly")
    assert token.scopes == ["read", "write"]
    assert 2 <= (token.expires_at - token.created_at).days <= 3


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"tenant": "nowhere"}, "There is no tenant 'nowhere'. Known: "),
        ({"email": "stranger@alpha.example"}, "is not a member of this tenant"),
        ({"email": "pmo@beta.example"}, "is not a member of this tenant"),
        ({"scopes": "read,fly"}, "Unknown scope fly. Known: read, write."),
        ({"scopes": ","}, "Unknown scope"),
        ({"days": 0}, "days: From 1 to 366 days."),
        ({"name": "a\x07"}, "name: This contains control characters"),
    ],
)
def test_a_token_that_cannot_be_is_refused_with_a_reason(
    alpha: House, given: dict[str, Any], words: str
) -> None:
    options = {"tenant": alpha.slug, "email": "pmo@alpha.example", "scopes": "read"}
    assert words in refused("create_token", **options | given)


# --- verify_audit and export_audit_head -------------------------------------------------------


TABLES = ("governance_auditevent", "governance_auditseal")
GUARDS = """
    SELECT tgname, CASE tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END
    FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal
"""


@contextmanager
def tampering(servers: Servers, house: House) -> Iterator[psycopg.Connection]:
    """The owner of the database with its guards off, as an attacker inside would have it."""
    with psycopg.connect(servers.migrator_url) as owner:
        guards = {table: owner.execute(GUARDS, [table]).fetchall() for table in TABLES}
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        owner.execute(f"SET LOCAL app.tenant_id = '{house.tenant.pk}'")
        yield owner
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, names in guards.items():
            for name, enable in names:
                owner.execute(f"ALTER TABLE {table} {enable} TRIGGER {name}")


@pytest.fixture
def sealed(lasting_world: World) -> House:
    """A tenant with two batches, the second of which tells of one measure."""
    house = lasting_world.alpha
    seal_all(house)
    with house.active():
        for action in (AuditAction.MEASURE_CREATED, AuditAction.MEASURE_CHANGED):
            subject = Subject("measure", "M-000001", "One")
            record(action, subject=subject, by=house.system(), changes={"name": ["a", "b"]})
    seal_all(house)
    return house


def the_event(house: House, action: str = "measure.changed") -> AuditEvent:
    with house.active():
        event: AuditEvent = AuditEvent.objects.get(subject_key="M-000001", action=action)
    return event


@pytest.mark.slow
def test_an_untouched_chain_holds(sealed: House) -> None:
    text = said("verify_audit", tenant=sealed.slug)
    assert re.match(rf"{sealed.slug}: 2 batches with \d+ events hold; 0 not yet sealed", text)


@pytest.mark.slow
def test_an_edited_event_is_found_and_located(sealed: House, servers: Servers) -> None:
    event = the_event(sealed)
    body = event.body.replace('["a","b"]', '["a","c"]')
    with tampering(servers, sealed) as owner:
        owner.execute("UPDATE governance_auditevent SET body = %s WHERE id = %s", [body, event.pk])
    text = refused("verify_audit", tenant=sealed.slug)
    assert text.startswith(f"{sealed.slug}: batch 2: an event was edited")
    assert event.public_id in text


@pytest.mark.slow
def test_a_deleted_event_is_found_and_located(sealed: House, servers: Servers) -> None:
    event = the_event(sealed)
    with tampering(servers, sealed) as owner:
        owner.execute("DELETE FROM governance_auditevent WHERE id = %s", [event.pk])
    text = refused("verify_audit", tenant=sealed.slug)
    assert text.startswith(f"{sealed.slug}: batch 2: a sealed event is missing")
    assert event.public_id in text


@pytest.mark.slow
def test_an_event_slipped_in_later_is_found_and_located(sealed: House, servers: Servers) -> None:
    event, false_id = the_event(sealed), str(uuid.uuid4())
    body = event.body.replace(event.public_id, false_id)
    with tampering(servers, sealed) as owner:
        owner.execute(
            "INSERT INTO governance_auditevent (tenant_id, body, txid) VALUES (%s, %s, %s)",
            [sealed.tenant.pk, body, event.txid],
        )
    text = refused("verify_audit", tenant=sealed.slug)
    assert text.startswith(f"{sealed.slug}: batch 2: ")
    assert false_id in text


@pytest.mark.slow
def test_a_deleted_batch_is_found(sealed: House, servers: Servers) -> None:
    with tampering(servers, sealed) as owner:
        owner.execute(
            "DELETE FROM governance_auditseal WHERE tenant_id = %s AND batch = 1",
            [sealed.tenant.pk],
        )
    assert "batch 1 is missing" in refused("verify_audit", tenant=sealed.slug)


@pytest.mark.slow
def test_a_cut_tail_shows_against_an_exported_head(
    sealed: House, servers: Servers, tmp_path: Path
) -> None:
    head = tmp_path / "heads.jsonl"
    head.write_text(said("export_audit_head", tenant=sealed.slug))
    assert "2 batches" in said("verify_audit", tenant=sealed.slug, head=head)
    with tampering(servers, sealed) as owner:
        for table in ("governance_auditseal", "governance_auditevent"):
            order = "batch" if table.endswith("seal") else "txid"
            owner.execute(
                f"DELETE FROM {table} WHERE tenant_id = %s AND {order} ="
                f" (SELECT max({order}) FROM {table} WHERE tenant_id = %s)",
                [sealed.tenant.pk, sealed.tenant.pk],
            )
    assert "1 batches" in said("verify_audit", tenant=sealed.slug)
    text = refused("verify_audit", tenant=sealed.slug, head=head)
    assert "the exported head is no longer in the chain" in text


@pytest.mark.slow
def test_a_chain_written_anew_shows_against_an_exported_head(
    sealed: House, servers: Servers, tmp_path: Path
) -> None:
    head = tmp_path / "heads.jsonl"
    head.write_text(said("export_audit_head", tenant=sealed.slug))
    event = the_event(sealed)
    with tampering(servers, sealed) as owner:
        body = event.body.replace('["a","b"]', '["a","c"]')
        owner.execute("UPDATE governance_auditevent SET body = %s WHERE id = %s", [body, event.pk])
        owner.execute("DELETE FROM governance_auditseal WHERE tenant_id = %s", [sealed.tenant.pk])
    seal_all(sealed)
    assert "hold" in said("verify_audit", tenant=sealed.slug)
    text = refused("verify_audit", tenant=sealed.slug, head=head)
    assert sealed.slug in text


@pytest.mark.slow
def test_the_head_is_one_line_of_json_per_tenant(sealed: House) -> None:
    line = json.loads(said("export_audit_head", tenant=sealed.slug))
    assert (line["tenant"], line["batch"]) == (sealed.slug, 2)
    assert re.fullmatch(r"[0-9a-f]{64}", line["hash"])
    with sealed.active():
        assert line["events"] == AuditEvent.objects.count()
    every = [json.loads(text)["tenant"] for text in said("export_audit_head").splitlines()]
    assert sealed.slug in every
    assert every == sorted(every)


def test_a_tenant_without_seals_has_an_empty_head(alpha: House) -> None:
    line = json.loads(said("export_audit_head", tenant=alpha.slug))
    assert line == {"tenant": alpha.slug, "batch": 0, "hash": "", "events": 0}
    assert "0 batches" in said("verify_audit", tenant=alpha.slug)


@pytest.mark.parametrize("content", ["", "no json", '{"tenant": "alpha"}', "[1, 2]"])
def test_a_file_that_holds_no_head_is_refused(alpha: House, tmp_path: Path, content: str) -> None:
    head = tmp_path / "heads.jsonl"
    head.write_text(content)
    assert str(head) in refused("verify_audit", tenant=alpha.slug, head=head)


def test_a_missing_file_or_tenant_is_refused(alpha: House, tmp_path: Path) -> None:
    missing = tmp_path / "none.jsonl"
    assert "cannot be read" in refused("verify_audit", tenant=alpha.slug, head=missing)
    assert "There is no tenant" in refused("verify_audit", tenant="nowhere")
    assert "There is no tenant" in refused("export_audit_head", tenant="nowhere")
    gone = tmp_path / "gone.jsonl"
    gone.write_text('{"tenant": "gone", "batch": 1, "hash": "00", "events": 1}\n')
    assert "names a tenant that is gone" in refused("verify_audit", head=gone)
