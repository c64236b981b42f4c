"""Catalogues compiled without the gettext tools read as gettext reads them."""

import gettext
import io

import pytest

from local import messages

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
    return gettext.GNUTranslations(io.BytesIO(messages.compiled(CATALOGUE)))


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


def test_a_stale_or_guessed_catalogue_is_named(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(messages, "PROJECT", tmp_path)
    monkeypatch.setattr(messages, "LOCALE", tmp_path / "locale")
    assert messages.check_all() == 1
    assert "make messages" in capsys.readouterr().out
    messages.compile_all()
    assert messages.check_all() == 1
    told = capsys.readouterr().out
    assert "'Guess'" in told
    assert "make messages" not in told
