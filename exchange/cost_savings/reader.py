"""Reads a cost-savings file into records, or names every fault by record and field."""

import contextlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from exchange.cost_savings.records import AmountType, Basis, Record, YearAmount, place
from governance.errors import Invalid
from governance.text import one_line, text_fault
from governance.ui.amounts import LARGEST
from kpis.rules import FIRST_YEAR, LAST_YEAR

MAX_BYTES = 10_000_000
MAX_RECORDS = 2_000
FAULTS_SHOWN, SHOWN_LENGTH = 50, 40
NAME_LENGTH, ID_LENGTH = 180, 40
# Prose, investments and gross years share a description of 10 000 characters.
PROSE_LENGTH, INVESTMENT_LENGTH, INVESTMENTS_AT_MOST = 7_000, 60, 20
# More digits than any amount of money needs, and few enough to be multiplied exactly.
DIGITS_AT_MOST = 22
MILLION = 1_000_000
DATE_TEXT = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
YEAR_FIELD = re.compile(r"fy([0-9]{4})")
TEXT_FIELDS = ("strategyTitle", "decisionDate", "ombInitiative", "amountType")
KNOWN_FIELDS = frozenset({*TEXT_FIELDS, "strategyId", "useOfSavingsAvoidance", "relatedUIIs"})


class BadFile(Invalid):
    """The file cannot be imported; `errors` holds each fault by place, at most fifty of them."""

    def __init__(self, faults: Iterable[tuple[str, StrOrPromise]]) -> None:
        errors: dict[str, list[StrOrPromise]] = {}
        found = list(faults)
        for where, text in found[:FAULTS_SHOWN]:
            errors.setdefault(where, []).append(text)
        if len(found) > FAULTS_SHOWN:
            more = _("%(count)s more faults.") % {"count": len(found) - FAULTS_SHOWN}
            errors[_("and")] = [more]
        super().__init__(errors)


def read_records(content: bytes, *, name: str) -> list[Record]:
    """The records of a file's bytes in order; raises `BadFile` naming every fault at once.

    The file is a JSON object with a list `strategies`. Numbers are read as decimals, never as
    floats. `name` is how messages call the file.
    """
    document = _document(content, name)
    if not isinstance(document, Mapping) or not isinstance(document.get("strategies"), list):
        _refuse(name, _("This is not a cost-savings file: it needs an object with «strategies»."))
    return records_of(document["strategies"], name=name)


def records_of(items: list[Any], *, name: str) -> list[Record]:
    """Parsed JSON items as records; raises `BadFile` with the faults of all of them."""
    if not items:
        _refuse(name, _("The file holds no records."))
    if len(items) > MAX_RECORDS:
        _refuse(name, _("At most %(count)s records fit one import.") % {"count": MAX_RECORDS})
    readers = [_RecordReader(number, item) for number, item in enumerate(items, start=1)]
    records = [reader.record() for reader in readers]
    faults = [fault for reader in readers for fault in reader.faults]
    faults += _repeated_ids(readers)
    if faults:
        raise BadFile(faults)
    return [record for record in records if record is not None]


def _refuse(where: str, text: StrOrPromise) -> NoReturn:
    raise BadFile([(where, text)])


class _RepeatedName(ValueError):
    """One name stands twice in one JSON object, so that one value would silently vanish."""


def _document(content: bytes, name: str) -> Any:
    if len(content) > MAX_BYTES:
        _refuse(name, _("The file is larger than %(size)s bytes.") % {"size": MAX_BYTES})
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            parse_float=_number,
            parse_int=_number,
            parse_constant=_number,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        _refuse(name, _("The file is not text in UTF-8."))
    except _RepeatedName as error:
        text = _("The name «%(name)s» stands twice in one object.")
        _refuse(name, text % {"name": shown(str(error))})
    except json.JSONDecodeError as error:
        values = {"line": error.lineno, "column": error.colno}
        _refuse(name, _("This is not JSON: line %(line)s, column %(column)s.") % values)
    except RecursionError:
        _refuse(name, _("The file is nested too deeply."))


def _number(text: str) -> Decimal:
    """Any number of the file, NaN and infinities too: the record's own check names their place."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _RepeatedName(key)
        found[key] = value
    return found


def _repeated_ids(readers: "list[_RecordReader]") -> list[tuple[str, StrOrPromise]]:
    first: dict[str, int] = {}
    faults: list[tuple[str, StrOrPromise]] = []
    for reader in readers:
        if not reader.source_id:
            continue
        if reader.source_id in first:
            text = _("Record %(number)s has the same id.") % {"number": first[reader.source_id]}
            faults.append((f"{place(reader.number, reader.source_id)}: strategyId", text))
        first.setdefault(reader.source_id, reader.number)
    return faults


@dataclass(slots=True)
class _RecordReader:
    """Reads one record and collects what is wrong with it."""

    number: int
    raw: Any
    source_id: str = ""
    faults: list[tuple[str, StrOrPromise]] = field(default_factory=list)

    def record(self) -> Record | None:
        """The record, or None with its faults noted."""
        if not isinstance(self.raw, Mapping):
            self.fault("", _("A record must be an object."))
            return None
        self.source_id = self._source_id()
        title, initiative = self._text("strategyTitle"), self._text("ombInitiative")
        decided_on, amount_type = self._date("decisionDate"), self._amount_type()
        prose = self._text("useOfSavingsAvoidance", limit=PROSE_LENGTH, is_required=False)
        investments, years = self._investments(), self._years()
        if self.faults or decided_on is None or amount_type is None:
            return None
        return Record(
            number=self.number,
            source_id=self.source_id,
            title=title,
            decided_on=decided_on,
            initiative=one_line(initiative),
            amount_type=amount_type,
            investments=investments,
            prose=prose,
            years=years,
            unknown_fields=tuple(
                shown(key)
                for key in self.raw
                if key not in KNOWN_FIELDS and not YEAR_FIELD.fullmatch(key)
            ),
        )

    def fault(self, where: str, text: StrOrPromise) -> None:
        label = place(self.number, self.source_id)
        self.faults.append((f"{label}: {where}" if where else label, text))

    def _source_id(self) -> str:
        value = self.raw.get("strategyId")
        if value is None or value == "":
            return ""
        if isinstance(value, Decimal) and value.is_finite() and 0 < value < LARGEST:
            text = format(value.normalize(), "f")
        else:
            text = value.strip() if isinstance(value, str) else ""
        if not text or not (text.isascii() and text.isalnum()) or len(text) > ID_LENGTH:
            self.fault("strategyId", _("An id is a positive whole number, or letters and digits."))
            return ""
        return text

    def _text(self, name: str, *, limit: int = NAME_LENGTH, is_required: bool = True) -> str:
        value = self.raw.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.fault(name, _("This must be text."))
            return ""
        if problem := text_fault(value, limit=limit, required=is_required):
            self.fault(name, problem)
        return value

    def _date(self, name: str) -> date | None:
        text = self._text(name)
        if not text.strip():
            return None
        if match := DATE_TEXT.fullmatch(text.strip()):
            month, day, year = (int(part) for part in match.groups())
            with contextlib.suppress(ValueError):
                return date(year, month, day)
        self.fault(name, _("«%(text)s» is not a date written MM/DD/YYYY.") % {"text": shown(text)})
        return None

    def _amount_type(self) -> AmountType | None:
        text = self._text("amountType").strip()
        if text in set(AmountType):
            return AmountType(text)
        if text:
            values = {"text": shown(text), "known": ", ".join(AmountType)}
            self.fault("amountType", _("«%(text)s» is unknown. Known: %(known)s.") % values)
        return None

    def _investments(self) -> tuple[str, ...]:
        value = self.raw.get("relatedUIIs")
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > INVESTMENTS_AT_MOST:
            self.fault("relatedUIIs", _("This must be a list of at most twenty investments."))
            return ()
        for item in value:
            if not isinstance(item, str) or text_fault(item, limit=INVESTMENT_LENGTH):
                self.fault("relatedUIIs", _("Each investment must be a short text."))
                return ()
        return tuple(one_line(item) for item in value)

    def _years(self) -> dict[int, YearAmount]:
        years: dict[int, YearAmount] = {}
        for name, value in self.raw.items():
            match = YEAR_FIELD.fullmatch(name)
            if match is None:
                continue
            year = int(match.group(1))
            amount = self._year_amount(name, value)
            # The first fiscal year on the calendar begins in the calendar year before it.
            if not FIRST_YEAR < year <= LAST_YEAR:
                self.fault(name, _("This year is out of range."))
            elif amount is not None:
                years[year] = amount
        return dict(sorted(years.items()))

    def _year_amount(self, name: str, value: Any) -> YearAmount | None:
        if not isinstance(value, Mapping):
            self.fault(name, _("This must be an object with «amount» and «netOrGross»."))
            return None
        problem = amount_fault(value.get("amount"))
        if problem:
            self.fault(f"{name}.amount", problem)
        basis = value.get("netOrGross")
        if not isinstance(basis, str) or basis not in set(Basis):
            known = ", ".join(Basis)
            self.fault(f"{name}.netOrGross", _("Known words: %(known)s.") % {"known": known})
            return None
        return None if problem else YearAmount(value["amount"], Basis(basis))


def shown(text: str) -> str:
    """The beginning of a foreign text, fit for any terminal."""
    return "".join(char if char.isprintable() else "?" for char in text[:SHOWN_LENGTH])


def amount_fault(value: object) -> StrOrPromise | None:
    """Why a value is no amount in $ million that can be kept exactly; None if it is one."""
    if not isinstance(value, Decimal):
        return _("An amount must be a number; leave the year out where there is none.")
    if not value.is_finite():
        return _("An amount must be a finite number.")
    if abs(value) >= LARGEST / MILLION:
        return _("This amount is too large: these are $ million.")
    if len(value.as_tuple().digits) > DIGITS_AT_MOST:
        return _("This amount has more digits than can be kept.")
    return None
