"""Every attack on the audit trail that we thought of: what it does, and what must be said of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from governance.audit.rules import GENESIS
from tests.governance.forging import EVENTS, NEW_ID, SEALS, Forger, write
from tests.sealing import seal_all

# What an attack hands back: the id of the event that must be named, or "" where it is a batch.
Work = Callable[[Forger], str]


@dataclass(frozen=True, slots=True)
class Attack:
    """One row of the matrix. `batch` None: said of the trail as a whole."""

    name: str
    work: Work
    batch: int | None
    says: str
    needs_head: bool = False


def edit(forger: Forger) -> str:
    row_id, event_id = forger.events(2)[0]
    forger.edit(row_id)
    return event_id


def edit_with_leaf(forger: Forger) -> str:
    edit(forger)
    seal = forger.seals()[1]
    forger.store(replace(forger.resealed(seal, GENESIS), hash=seal.hash))
    return ""


def edit_with_batch(forger: Forger) -> str:
    edit(forger)
    forger.rewrite({2})
    return ""


def rewrite_everything(forger: Forger) -> str:
    edit(forger)
    forger.rewrite({1, 2, 3})
    return ""


def delete(forger: Forger) -> str:
    row_id, event_id = forger.events(2)[1]
    forger.run(f"DELETE FROM {EVENTS} WHERE id = %s", row_id)
    return event_id


def delete_all_of_a_batch(forger: Forger) -> str:
    events = forger.events(2)
    forger.run(f"DELETE FROM {EVENTS} WHERE id = ANY(%s)", [row_id for row_id, _ in events])
    return events[0][1]


def back_date(forger: Forger) -> str:
    row_id, event_id = forger.events(1)[0]
    forger.copy(row_id, event_id)
    return NEW_ID


def repeat_in_its_batch(forger: Forger) -> str:
    row_id, event_id = forger.events(1)[0]
    forger.copy(row_id, event_id, event_id)
    return event_id


def repeat_at_the_end(forger: Forger) -> str:
    row_id, event_id = forger.events(1)[0]
    forger.copy(row_id, event_id, event_id, txid="pg_current_xact_id()::text::bigint")
    seal_all(forger.house)
    return event_id


def before_all_batches(forger: Forger) -> str:
    row_id, event_id = forger.events(1)[0]
    forger.copy(row_id, event_id, txid="-1")
    return NEW_ID


def after_all_transactions(forger: Forger) -> str:
    row_id, event_id = forger.events(1)[0]
    forger.copy(row_id, event_id, txid="9000000000000000000")
    return NEW_ID


def move_to_another_batch(forger: Forger) -> str:
    row_id, event_id = forger.events(1)[0]
    forger.alter(row_id, "txid = %s", forger.seals()[2].from_txid)
    return event_id


def swap_between_batches(forger: Forger) -> str:
    (first, first_id), (second, _) = forger.events(1)[0], forger.events(2)[0]
    forger.run(
        f"UPDATE {EVENTS} e SET txid = o.txid FROM {EVENTS} o"
        " WHERE (e.id, o.id) IN ((%s, %s), (%s, %s))",
        *(first, second, second, first),
    )
    return first_id


def swap_within_a_batch(forger: Forger) -> str:
    (first, _), (last, last_id) = forger.events(2)[0], forger.events(2)[2]
    for row_id, new in ((first, -1), (last, first), (-1, last)):
        forger.run(
            f"UPDATE {EVENTS} SET id = %s WHERE id = %s AND tenant_id = %s",
            new,
            row_id,
            forger.tenant,
        )
    return last_id


def move_to_another_tenant(forger: Forger) -> str:
    row_id, event_id = forger.events(2)[0]
    forger.alter(row_id, "tenant_id = %s", forger.other.tenant.pk)
    return event_id


def take_from_another_tenant(forger: Forger) -> str:
    write(forger.other, 7)
    row = forger.connection.execute(
        f"SELECT max(id) FROM {EVENTS} WHERE tenant_id = %s", [forger.other.tenant.pk]
    ).fetchone()
    assert row is not None
    forger.alter(row[0], "tenant_id = %s", forger.tenant)
    found = forger.connection.execute(f"SELECT public_id FROM {EVENTS} WHERE id = %s", row)
    event = found.fetchone()
    assert event is not None
    return str(event[0])


def time_of_record(forger: Forger) -> str:
    row_id, event_id = forger.events(2)[0]
    forger.alter(row_id, "recorded_at = recorded_at - interval '2 days'")
    return event_id


def seal_out_of_the_middle(forger: Forger) -> str:
    forger.run(f"DELETE FROM {SEALS} WHERE tenant_id = %s AND batch = 2", forger.tenant)
    return ""


def renumber_seals(forger: Forger) -> str:
    seal_out_of_the_middle(forger)
    forger.alter_seal(3, "batch = 2")
    return ""


def count_of_a_seal(forger: Forger) -> str:
    forger.alter_seal(2, "event_count = event_count - 1")
    return ""


def count_with_hash(forger: Forger) -> str:
    seal = forger.seals()[2]
    fewer = replace(seal, event_count=seal.event_count - 1)
    forger.store(forger.hashed(fewer, forger.seals()[1].hash))
    return ""


def range_of_a_seal(forger: Forger) -> str:
    forger.alter_seal(3, "to_txid = to_txid + 1000")
    return ""


def running_total(forger: Forger) -> str:
    forger.alter_seal(2, "running_total = 1")
    return ""


def identity_of_the_tenant(forger: Forger) -> str:
    forger.run(
        "UPDATE governance_tenant SET public_id = gen_random_uuid() WHERE id = %s", forger.tenant
    )
    return ""


def cut_the_tail(forger: Forger) -> str:
    first = forger.seals()[2].from_txid
    forger.run(f"DELETE FROM {EVENTS} WHERE tenant_id = %s AND txid >= %s", forger.tenant, first)
    forger.drop_seals(3)
    return ""


def cut_the_tail_and_go_on(forger: Forger) -> str:
    cut_the_tail(forger)
    write(forger.house, 8)
    seal_all(forger.house)
    return ""


def drop_seals_and_seal_again(forger: Forger) -> str:
    edit(forger)
    forger.drop_seals(1)
    seal_all(forger.house)
    return ""


def empty_the_trail(forger: Forger) -> str:
    forger.run(f"DELETE FROM {EVENTS} WHERE tenant_id = %s", forger.tenant)
    forger.drop_seals(1)
    return ""


GONE, OTHER = "the exported head is no longer in the chain", "the hash differs from the exported"
HASH = "the hash of the batch does not follow from its content"
MISSING = "a sealed event is missing or its id was edited"
MATRIX = (
    # attack, how, batch named, what is said, only against an exported head
    Attack("edit an event", edit, 2, "an event was edited after it was sealed"),
    Attack("edit, leaf recomputed", edit_with_leaf, 2, HASH),
    Attack("edit, leaf and hash recomputed", edit_with_batch, 3, HASH),
    Attack("delete an event", delete, 2, MISSING),
    Attack("delete all events of a batch", delete_all_of_a_batch, 2, MISSING),
    Attack("back-date an event", back_date, 1, "an event was slipped in after the batch was"),
    Attack("repeat an event in its batch", repeat_in_its_batch, 1, "stands in the batch twice"),
    Attack("repeat an event at the end", repeat_at_the_end, None, "id stands twice in the trail"),
    Attack("an event before all batches", before_all_batches, None, "before the first batch"),
    Attack("an event of the future", after_all_transactions, None, "transaction that has not"),
    Attack("move an event to another batch", move_to_another_batch, 1, MISSING),
    Attack("swap two events between batches", swap_between_batches, 1, MISSING),
    Attack("swap two events in a batch", swap_within_a_batch, 2, "the order of the events in the"),
    Attack("move an event to another tenant", move_to_another_tenant, 2, MISSING),
    Attack("take an event of another tenant", take_from_another_tenant, None, "another tenant"),
    Attack("edit the time of record", time_of_record, None, "time of record was edited"),
    Attack("delete a seal in the middle", seal_out_of_the_middle, 3, "batch 2 is missing from"),
    Attack("delete a seal and renumber", renumber_seals, 2, "does not begin where the former"),
    Attack("edit the count of a seal", count_of_a_seal, 2, HASH),
    Attack("edit the count, hash recomputed", count_with_hash, 3, "counts other events than it"),
    Attack("edit the range of a seal", range_of_a_seal, 3, HASH),
    Attack("edit the running total", running_total, 2, "the running total does not add up"),
    Attack("edit the tenant's identity", identity_of_the_tenant, 1, HASH),
    Attack("cut the tail", cut_the_tail, 3, GONE, needs_head=True),
    Attack("cut the tail and go on", cut_the_tail_and_go_on, 3, OTHER, needs_head=True),
    Attack("rewrite everything", rewrite_everything, 3, OTHER, needs_head=True),
    Attack("drop all seals, seal anew", drop_seals_and_seal_again, 3, GONE, needs_head=True),
    Attack("empty the trail", empty_the_trail, 3, GONE, needs_head=True),
)


# --- what no chain can show ---------------------------------------------------------------------


def edit_unsealed(forger: Forger) -> str:
    write(forger.house, 7)
    forger.edit(forger.unsealed())
    return ""


def delete_unsealed(forger: Forger) -> str:
    write(forger.house, 7)
    forger.run(f"DELETE FROM {EVENTS} WHERE id = %s", forger.unsealed())
    return ""


def cut_after_the_head(forger: Forger) -> str:
    write(forger.house, 7)
    seal_all(forger.house)
    first = forger.seals()[3].from_txid
    forger.run(f"DELETE FROM {EVENTS} WHERE tenant_id = %s AND txid >= %s", forger.tenant, first)
    forger.drop_seals(4)
    return ""


def replay_at_the_end(forger: Forger) -> str:
    row_id, event_id = forger.events(1)[0]
    forger.copy(row_id, event_id, txid="pg_current_xact_id()::text::bigint")
    seal_all(forger.house)
    return ""


def time_of_record_a_little(forger: Forger) -> str:
    forger.alter(forger.events(2)[0][0], "recorded_at = recorded_at - interval '30 minutes'")
    return ""


def time_of_sealing(forger: Forger) -> str:
    forger.alter_seal(2, "sealed_at = sealed_at - interval '2 days'")
    return ""


# Stated in docs/adr/0003 and docs/architecture.md; found neither alone nor against a head.
LIMITS = (
    Attack("edit an event before it is sealed", edit_unsealed, None, ""),
    Attack("delete an event before it is sealed", delete_unsealed, None, ""),
    Attack("cut what came after the exported head", cut_after_the_head, None, ""),
    Attack("append a false event under a new id", replay_at_the_end, None, ""),
    Attack("edit the time of record by minutes", time_of_record_a_little, None, ""),
    Attack("edit the time of sealing", time_of_sealing, None, ""),
)
