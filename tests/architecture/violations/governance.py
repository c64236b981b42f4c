"""How to break each constraint of the kernel."""

import uuid
from collections.abc import Callable

from django.db.models import Model

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent, AuditSeal
from governance.audit.services import Subject, record
from governance.background.models import FailedTask, SystemFailedTask
from governance.calendars.models import CalendarVersion
from governance.calendars.services import (
    CalendarDraft,
    calendar_propose,
    calendar_publish,
)
from governance.events.models import ConsumedEvent
from governance.events.services import consume_once
from governance.masterdata.choices import Seat
from governance.masterdata.models import ForumMember
from governance.masterdata.services_seats import forum_member_add
from governance.operations.models import QueueState
from governance.people.choices import Role, TokenScope
from governance.people.models import ApiToken, User
from governance.people.services import token_create
from governance.permissions.models import NodeGrant
from governance.permissions.services import role_grant
from governance.tenancy.models import Tenant
from governance.tree.models import CodeCounter, Node
from governance.web.models import IdempotencyKey
from tests.architecture.violations.breaking import Breaker, check_now, copies, runs, sets
from tests.governance.failing import FAULT, dead_letter, delivery, fail
from tests.houses import House

# Beyond every batch that another test may have sealed.
FAR = 2**40
NOW = "2026-01-01T00:00:00Z"


def tenant(house: House) -> Tenant:
    return house.tenant


def package(house: House) -> Node:
    return house.package


def program(house: House) -> Node:
    return house.program


def owner(house: House) -> int:
    return house.people["owner"].pk


def grant(house: House) -> NodeGrant:
    return NodeGrant.objects.get(membership=house.people["owner"])


def waiting(house: House) -> NodeGrant:
    return role_grant(
        membership=house.people["guest"],
        role=Role.SPONSOR,
        node=house.program,
        by=house.actor("administrator"),
    )


def seat(house: House) -> ForumMember:
    return forum_member_add(
        forum=house.forum,
        membership=house.people["guest"],
        seat=Seat.MEMBER,
        by=house.actor("administrator"),
    )


def token(house: House) -> ApiToken:
    by = house.actor("owner")
    return token_create(
        membership=house.people["owner"], name="t", scopes=[TokenScope.READ], days=1, by=by
    ).token


def counter(_house: House) -> CodeCounter:
    return CodeCounter.objects.get(kind="portfolio")


def event(_house: House) -> AuditEvent:
    return AuditEvent.objects.first()


def first_seal(_house: House) -> AuditSeal:
    return AuditSeal.objects.create(
        batch=FAR, from_txid=FAR, to_txid=FAR + 1, event_count=1, leaves=b"", hash=b""
    )


def consumed(_house: House) -> ConsumedEvent:
    consume_once("test", str(uuid.uuid4()))
    return ConsumedEvent.objects.get()


def key(_house: House) -> IdempotencyKey:
    return IdempotencyKey.objects.create(caller="member:1", key="k", fingerprint="f")


def other_path(house: House) -> str:
    return f"{house.portfolio.path}{house.package.pk}/"


def later_batch(**values: object) -> Breaker:
    return copies(first_seal, **values)


def proposed(house: House) -> CalendarVersion:
    return calendar_propose(draft=CalendarDraft(), by=house.actor("pmo"))


def in_force(house: House) -> CalendarVersion:
    row = proposed(house)
    return calendar_publish(
        number=row.number, seen_version=row.version, by=house.actor("administrator")
    )


def anew(**values: object) -> Breaker:
    """A calendar like the one in force, under the next number."""
    return copies(in_force, number=99, **values)


def failed(_house: House) -> FailedTask:
    return dead_letter(_house)


def system_failed(_house: House) -> SystemFailedTask:
    fail(delivery(None, period=5.0), FAULT)
    return SystemFailedTask.objects.get(task_id=delivery(None, period=5.0).key)


def another(row: Callable[[House], Model], **values: object) -> Breaker:
    """A failed task like this one, of another message."""
    return copies(row, public_id=lambda _h: uuid.uuid4(), task_id="another", **values)


def facts_of(prefix: str, row: Callable[[House], Model]) -> dict[str, Breaker]:
    return {
        f"{prefix}_id": copies(row, task_id="another"),
        f"{prefix}_open_once": copies(row, public_id=lambda _h: uuid.uuid4()),
        f"{prefix}_state": another(row, state="maybe"),
        f"{prefix}_kind": another(row, kind="maybe"),
        f"{prefix}_due_while_tried": another(row, due_at=NOW),
        f"{prefix}_kept_once_dead": another(row, dead_at=None),
        f"{prefix}_settled_at_the_end": another(row, settled_at=NOW),
        f"{prefix}_discarded_by_somebody": another(row, state="discarded", settled_at=NOW),
    }


def path_not_of_the_parent(house: House) -> None:
    record(AuditAction.NODE_MOVED, subject=Subject("node", "x", "x"), by=house.system())
    sets(package, path=other_path)(house)
    check_now()


def change_without_event(house: House) -> None:
    sets(package, name="x")(house)
    check_now()


VIOLATIONS: dict[str, Breaker] = {
    "governance_queue_state_adds_up": lambda _house: QueueState.objects.create(
        name="x", waiting=1, tenants=1, oldest_at=None, looked_at=NOW
    ),
    "governance_tenant_slug": sets(tenant, slug="Not A Slug"),
    "governance_tenant_slug_key": runs(
        "UPDATE governance_tenant SET slug = 'beta' WHERE id = %s", lambda h: h.tenant.pk
    ),
    "governance_tenant_public_id_key": runs(
        "UPDATE governance_tenant SET public_id ="
        " (SELECT public_id FROM governance_tenant WHERE slug = 'beta') WHERE id = %s",
        lambda h: h.tenant.pk,
    ),
    "governance_tenant_fiscal_year_start": sets(tenant, fiscal_year_start=13),
    "governance_tenant_currency": sets(tenant, currency="eur"),
    "governance_user_email": lambda h: User(
        email=h.people["owner"].email.upper(), name="x", password="!"
    ).save(),
    "governance_membership_person": copies(
        lambda h: h.people["owner"], public_id=lambda _h: uuid.uuid4()
    ),
    "governance_membership_id": copies(
        lambda h: h.people["owner"], user_id=lambda _h: User.objects.create(email="n@x.example").pk
    ),
    "governance_membership_kind": sets(lambda h: h.people["owner"], kind="friend"),
    "governance_token_secret": copies(token, public_id=lambda _h: uuid.uuid4()),
    "governance_token_id": copies(token, secret_hash="x"),
    "governance_node_code": sets(package, code=lambda h: h.project.code),
    "governance_node_path": sets(package, path=lambda h: h.project.path),
    "governance_node_id": sets(package, public_id=lambda h: h.project.public_id),
    "governance_node_id_level": runs(
        "INSERT INTO governance_node (tenant_id, id, level, parent_id, path, code, name, sort_key,"
        " description, is_default, source_key, public_id, version) SELECT tenant_id, id, level,"
        " parent_id, '9/', 'c', name, sort_key, '', false, '', gen_random_uuid(), 1"
        " FROM governance_node WHERE id = %s",
        lambda h: h.package.pk,
    ),
    "governance_node_one_root": runs(
        "INSERT INTO governance_node (tenant_id, level, path, code, name, sort_key, description,"
        " is_default, source_key, public_id, version)"
        " VALUES (%s, 0, '9/', 'c', 'x', 'x', '', false, '', gen_random_uuid(), 1)",
        lambda h: h.tenant.pk,
    ),
    "governance_node_one_default": copies(
        package, path="9/", code="c", public_id=lambda _h: uuid.uuid4()
    ),
    "governance_node_source": lambda h: (
        sets(program, source_key="s")(h),
        sets(lambda house: house.other_program, source_key="s")(h),
    ),
    "governance_node_level": sets(program, level=5),
    "governance_node_parent_level_fk": sets(package, parent=lambda h: h.program),
    "governance_node_root_alone_has_no_parent": sets(package, parent=None),
    "governance_node_path_form": sets(package, path="1/x/"),
    "governance_node_path_continues": path_not_of_the_parent,
    "governance_node_default_is_package": sets(program, is_default=True),
    "governance_node_dates": sets(package, planned_start="2026-02-02", planned_end="2026-02-01"),
    "governance_node_owner_not_sponsor": sets(package, owner=owner, sponsor=owner),
    "governance_counter_kind": copies(counter),
    "governance_businessunit_code": copies(lambda h: h.unit),
    "governance_function_code": copies(lambda h: h.function),
    "governance_legalentity_code": copies(lambda h: h.entity),
    "governance_forum_code": copies(lambda h: h.forum),
    "governance_calendar_number": copies(proposed, state="withdrawn"),
    "governance_calendar_one_draft": copies(proposed, number=99),
    "governance_calendar_one_in_force": anew(),
    "governance_calendar_state": copies(proposed, number=99, state="maybe"),
    "governance_calendar_working_days": anew(state="superseded", working_days=[1, 8]),
    "governance_calendar_holidays": anew(state="superseded", holidays='[{"day": "1 May"}]'),
    "governance_calendar_second_person": anew(
        state="superseded", published_by_id=lambda h: h.people["pmo"].pk
    ),
    "governance_calendar_published_by_somebody": anew(state="superseded", published_at=None),
    "governance_calendar_version_is_final": sets(in_force, working_days=[7]),
    "governance_forum_seat": copies(lambda _h: ForumMember.objects.get()),
    "governance_grant_once": copies(grant, public_id=lambda _h: uuid.uuid4()),
    "governance_grant_id": copies(grant, content_object_id=lambda h: h.package.pk),
    "governance_grant_not_to_oneself": sets(grant, granted_by=owner),
    "governance_seat_not_to_oneself": sets(seat, added_by=lambda h: h.people["guest"]),
    "governance_seat_second_member": sets(
        seat,
        confirmed_by=lambda h: h.people["administrator"],
        confirmed_at=NOW,
        is_pending=False,
    ),
    "governance_seat_pending_or_confirmed": sets(
        seat, confirmed_by=lambda h: h.people["forum_member"], confirmed_at=NOW
    ),
    "governance_grant_second_granter": sets(
        waiting,
        confirmed_by=lambda h: h.people["administrator"],
        confirmed_at=NOW,
        is_pending=False,
    ),
    "governance_grant_pending_or_confirmed": sets(
        waiting, confirmed_by=lambda h: h.people["pmo"], confirmed_at=NOW
    ),
    "governance_audit_body": runs(
        "INSERT INTO governance_auditevent (tenant_id, body)"
        """ VALUES (%s, '{"id": "no uuid", "action": "x"}')""",
        lambda h: h.tenant.pk,
    ),
    "governance_audit_event_is_new": copies(event),
    "governance_seal_batch": later_batch(from_txid=FAR + 1, to_txid=FAR + 2),
    "governance_seal_from": later_batch(batch=FAR + 1),
    "governance_seal_range": later_batch(batch=FAR + 1, from_txid=9, to_txid=9),
    "governance_consumed_once": copies(consumed),
    "governance_idempotency_key": copies(key),
    "must_be_audited": change_without_event,
    **facts_of("governance_failed_task", failed),
    **facts_of("governance_system_failed_task", system_failed),
    "governance_failed_task_is_kept": sets(failed, arguments={}),
}
# Further ways around the guard of failed tasks.
AGAIN: dict[str, tuple[str, Breaker]] = {
    "deleting a dead letter": (
        "governance_failed_task_is_kept",
        runs(
            "DELETE FROM governance_failedtask WHERE public_id = %s", lambda h: failed(h).public_id
        ),
    ),
    "counting tries back": ("governance_failed_task_is_kept", sets(failed, tries=0)),
    "forgetting that it was dead": (
        "governance_failed_task_is_kept",
        sets(failed, state="waiting", due_at=NOW, dead_at=None),
    ),
    "changing a dead letter of the system": (
        "governance_failed_task_is_kept",
        sets(system_failed, arguments={"key": "other"}),
    ),
}
