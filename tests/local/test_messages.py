"""Catalogues read, written, compiled and kept current without the gettext tools."""

import gettext
import io
import os
import time
from pathlib import Path

import pytest

from local import catalogue, messages
from local.extraction import NotLiteral, messages_of, python_messages, template_messages

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

#. a remark
#: somewhere.py:1
msgid "Owner"
msgstr "Verantwortlich"

msgctxt "noun"
msgid "Open"
msgstr "Offenes"

msgid "Open"
msgstr "Öffnen"

#, python-format
msgid "%(n)s measure"
msgid_plural "%(n)s measures"
msgstr[0] "%(n)s Maßnahme"
msgstr[1] "%(n)s Maßnahmen"

msgid ""
"A sentence "
"in two lines"
msgstr ""
"Ein Satz "
"in zwei Zeilen"

#, fuzzy
msgid "Guess"
msgstr "Vermutung"

msgid "Untranslated"
msgstr ""

#~ msgid "Gone"
#~ msgstr "Fort"
"""


@pytest.fixture
def german() -> gettext.GNUTranslations:
    return gettext.GNUTranslations(io.BytesIO(catalogue.compiled(CATALOGUE)))


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("Owner", "Verantwortlich"),
        ("Open", "Öffnen"),
        ("A sentence in two lines", "Ein Satz in zwei Zeilen"),
        ("Guess", "Guess"),
        ("Untranslated", "Untranslated"),
        ("Gone", "Gone"),
    ],
)
def test_a_message_is_translated_or_left_alone(
    german: gettext.GNUTranslations, text: str, translated: str
) -> None:
    assert german.gettext(text) == translated


def test_plurals_and_contexts_are_kept_apart(german: gettext.GNUTranslations) -> None:
    assert german.ngettext("%(n)s measure", "%(n)s measures", 1) == "%(n)s Maßnahme"
    assert german.ngettext("%(n)s measure", "%(n)s measures", 7) == "%(n)s Maßnahmen"
    assert german.pgettext("noun", "Open") == "Offenes"


SOURCE = """
from django.utils.translation import gettext as _, ngettext, pgettext
LABEL = _("Owner")
TITLE = f"{_('Within braces')}: {pgettext('noun', 'Open')}"
TEXT = _("in two "
         "parts")
def many(n): return ngettext("%(n)s measure", "%(n)s measures", n)
"""
TEMPLATE = """{% load i18n %}
{% trans "Owner" %} and words that nobody translates
{% include "x.html" with title=_("A parameter") only %}
{% blocktrans trimmed count n=n %}
  {{ n }} measure
{% plural %}
  {{ n }} measures
{% endblocktrans %}
{% trans "Open" context "noun" %}
{# trans "remark" #}
"""


def test_texts_are_found_in_python_in_reading_order() -> None:
    found = [entry.key() for entry in python_messages(SOURCE, "labels.py")]
    assert found == [
        "Owner",
        "Within braces",
        "noun\x04Open",
        "in two parts",
        "%(n)s measure\0%(n)s measures",
    ]


def test_texts_are_found_in_templates_and_in_the_parameters_of_their_tags() -> None:
    found = [entry.key() for entry in template_messages(TEMPLATE, "page.html")]
    assert found == ["Owner", "A parameter", "%(n)s measure\0%(n)s measures", "noun\x04Open"]


def test_a_text_put_together_at_run_time_is_refused() -> None:
    with pytest.raises(NotLiteral, match=r"labels\.py:1"):
        python_messages('_(f"{count} measures")', "labels.py")


def test_what_is_written_reads_the_same_again() -> None:
    before = list(catalogue.entries(CATALOGUE))
    after = list(catalogue.entries(catalogue.written(before)))
    assert [(e.parts, e.is_fuzzy, e.places) for e in after] == [
        (e.parts, e.is_fuzzy, e.places) for e in before
    ]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project with one source, one template and the catalogue above."""
    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(CATALOGUE, encoding="utf-8")
    (tmp_path / "governance").mkdir()
    (tmp_path / "governance" / "labels.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE, encoding="utf-8")
    monkeypatch.setattr(catalogue, "LOCALE", tmp_path / "locale")
    monkeypatch.setattr(messages, "PROJECT", tmp_path)
    return tmp_path


def test_an_update_keeps_what_is_translated_and_drops_what_is_gone(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert messages.update_all() == 0
    told = capsys.readouterr().out
    assert "6 messages, 3 new, 4 dropped" in told
    assert "to translate: 'A parameter'" in told
    text = (project / "locale/de/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    kept = {entry.key(): entry for entry in catalogue.entries(text)}
    assert kept["Owner"].value() == "Verantwortlich"
    assert kept["Owner"].places == ["governance/labels.py", "templates/page.html"]
    assert kept["A parameter"].value() == ""
    assert "Guess" not in kept
    assert "Plural-Forms" in kept[""].value()


def test_a_check_names_every_message_that_is_not_in_order(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert messages.check_all() == 1
    told = capsys.readouterr().out
    for problem in (
        "not in the catalogue: 'A parameter'",
        "no longer used: 'Guess'",
        "marked as a guess: 'Guess'",
        "not translated: 'Untranslated'",
        "obsolete entries",
        "make messages",
    ):
        assert problem in told


def test_a_check_is_content_with_a_complete_catalogue(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "locale/de/LC_MESSAGES/django.po"
    found = messages_of(project).values()
    for entry in found:
        entry.parts |= {name: "x" for name in entry.parts if name.startswith("msgstr")}
    path.write_text(catalogue.written(found), encoding="utf-8")
    assert messages.check_all() == 0
    assert "all translated" in capsys.readouterr().out


def test_only_a_changed_catalogue_is_compiled_again(project: Path) -> None:
    built = project / "locale/de/LC_MESSAGES/django.mo"
    messages.main(["compile"])
    long_ago = time.time() - 1000
    os.utime(built, (long_ago, long_ago))
    catalogue.compile_all()
    assert built.stat().st_mtime == pytest.approx(long_ago)
    source = built.with_suffix(".po")
    source.write_text(CATALOGUE.replace("Verantwortlich", "Verantwortung"), encoding="utf-8")
    catalogue.compile_all()
    assert (
        gettext.GNUTranslations(io.BytesIO(built.read_bytes())).gettext("Owner") == "Verantwortung"
    )
    assert [path.name for path in built.parent.iterdir() if path.suffix == ".draft"] == []
