"""What stands in the database at the end, read past the walls by its owner."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import psycopg

from tests.campaigns.notes import TABLE, TOPICS

MONTHS = [f"m{number:02}" for number in range(1, 13)]


class Books:
    """Counts rows; one tenant's are all there are."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode(), values).fetchall()

    def number(self, query: str, *values: Any) -> int:
        return int(self.rows(query, *values)[0][0])

    def imported(self, prefix: str) -> dict[str, int]:
        """Measures and effects of one imported file, by the beginning of its external ids."""
        found = self.rows(
            "SELECT count(DISTINCT m.id), count(e.id) FROM initiatives_measure m"
            " LEFT JOIN kpis_effect e ON e.tenant_id = m.tenant_id AND e.measure_id = m.id"
            " WHERE m.source_key ^@ %s",
            f"list:{prefix}",
        )
        return {"measures": found[0][0], "effects": found[0][1]}

    def measures_marked(self, start: str) -> dict[str, list[tuple[Any, ...]]]:
        """Code, name, version and package of measures by the mark in their description."""
        found: dict[str, list[tuple[Any, ...]]] = {}
        for mark, *row in self.rows(
            "SELECT m.description, m.code, m.name, m.version, p.code FROM initiatives_measure m"
            " JOIN governance_node p ON p.tenant_id = m.tenant_id AND p.id = m.package_id"
            " WHERE starts_with(m.description, %s)",
            start,
        ):
            found.setdefault(mark, []).append(tuple(row))
        return found

    def events_of(self, code: str, actions: Iterable[str]) -> dict[str, int]:
        """How many audit events of each action a measure has; others count too, by their name."""
        found = dict.fromkeys(actions, 0)
        rows = self.rows(
            "SELECT action, count(*) FROM governance_auditevent"
            " WHERE subject_type = 'measure' AND subject_key = %s GROUP BY action",
            code,
        )
        return found | {action: int(count) for action, count in rows}

    def effect_of(self, public_id: str) -> tuple[int, dict[str, str]]:
        """Version and planned months of an effect."""
        version = self.number("SELECT version FROM kpis_effect WHERE public_id = %s", public_id)
        cells = {}
        for year, *amounts in self.rows(
            f"SELECT y.year, {', '.join(f'y.{month}' for month in MONTHS)} FROM kpis_valueyear y"
            " JOIN kpis_effect e ON e.tenant_id = y.tenant_id AND e.id = y.effect_id"
            " WHERE e.public_id = %s AND y.series = 'plan'",
            public_id,
        ):
            for number, amount in enumerate(amounts, start=1):
                if amount is not None:
                    cells[f"{year}-{number:02}"] = f"{amount:.2f}"
        return version, cells

    def history_of(self, public_id: str) -> int:
        return self.number(
            "SELECT count(*) FROM kpis_valuehistory WHERE effect_public_id = %s", public_id
        )

    def members(self, email: str) -> int:
        return self.number(
            "SELECT count(*) FROM governance_membership m JOIN governance_user u"
            " ON u.id = m.user_id WHERE u.email = %s",
            email,
        )

    def names_given(self, code: str) -> list[str]:
        """Every name a measure was given, in the order of its changes."""
        return [after for _before, after in self._name_changes(code)]

    def broken_chain(self, code: str) -> list[str]:
        """Lost updates: a change that did not begin with what the former one left."""
        changes = self._name_changes(code)
        version = self.number("SELECT version FROM initiatives_measure WHERE code = %s", code)
        found = [
            f"{code}: {after[0]!r} does not follow {before[1]!r}"
            for before, after in pairwise(changes)
            if before[1] != after[0]
        ]
        if version != 1 + len(changes):
            found.append(f"{code}: version {version} after {len(changes)} changes")
        return found

    def _name_changes(self, code: str) -> list[tuple[str, str]]:
        rows = self.rows(
            "SELECT body::jsonb #>> '{changes,name,0}', body::jsonb #>> '{changes,name,1}'"
            " FROM governance_auditevent WHERE subject_type = 'measure' AND subject_key = %s"
            " AND action = 'measure.changed' ORDER BY id",
            code,
        )
        return [(before, after) for before, after in rows]

    # --- events on their way ------------------------------------------------------------------

    def waiting(self) -> int:
        """Outbox rows not handed over, and events that no seal covers."""
        return self.number(
            "SELECT (SELECT count(*) FROM governance_outboxevent) + (SELECT count(*)"
            " FROM governance_auditevent WHERE txid >= coalesce("
            "(SELECT max(to_txid) FROM governance_auditseal), 0))"
        )

    def notes_missing(self) -> int:
        """Events of the audit trail whose subscribers have not acted yet."""
        events = self.number(
            "SELECT count(*) FROM governance_auditevent WHERE action = ANY(%s)", list(TOPICS)
        )
        people = self.number(
            "SELECT count(*) FROM governance_auditevent WHERE action = 'membership.created'"
        )
        return events + people - self.number("SELECT count(*) FROM governance_consumedevent")

    def wrong_notes(self) -> list[str]:
        """Topics and keys whose subscriber acted more or less often than there were events."""
        rows = self.rows(
            f"SELECT topic, key, e.n, t.n FROM (SELECT topic, key, count(*) AS n FROM {TABLE}"
            " GROUP BY 1, 2) t FULL JOIN (SELECT action AS topic, subject_key AS key,"
            " count(*) AS n FROM governance_auditevent WHERE action = ANY(%s) GROUP BY 1, 2) e"
            " USING (topic, key) WHERE t.n IS DISTINCT FROM e.n",
            list(TOPICS),
        )
        return [
            f"{key}: {events} events {topic}, acted on {acts}" for topic, key, events, acts in rows
        ]

    def sealing(self) -> str:
        """How many batches there are, and how long none was added at most."""
        ((count, gap),) = self.rows(
            "SELECT count(*), extract(epoch FROM max(later - sealed_at)) FROM (SELECT sealed_at,"
            " lead(sealed_at) OVER (ORDER BY batch) AS later FROM governance_auditseal) seals"
        )
        return f"{count} batches, at most {gap or 0:.0f} s apart"
