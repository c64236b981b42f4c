"""Every text for people goes through gettext, and German has all of them."""

import ast
import gettext
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import allauth
import pytest
import rest_framework
from django.conf import settings
from django.utils import translation

from governance.web import reworded
from local.catalogue import Entry, catalogues, compiled, entries
from local.extraction import TEMPLATES as TEMPLATE_NAMES
from local.extraction import messages_of
from local.messages import problems
from tests.architecture.source import PROJECT, app_sources, sources
from tests.architecture.texts import python_texts, script_texts, template_texts

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|</?\w+[^>]*>")
ENDINGS = (".", ":", "?", "…", ",")
# Samples of the components, for developers.
UNTRANSLATED_TEMPLATES = re.compile(r"^templates/gallery/")
# Python files whose texts are read by operators in a terminal, or by nobody.
IS_API = re.compile(r"/api/|/serializers\.py$")
FOR_OPERATORS = re.compile(r"/management/|/gallery/|^exchange/demo/|openapi\.py$")


def _catalogue(path: Path) -> list[Entry]:
    return [e for e in entries(path.read_text(encoding="utf-8")) if not e.is_header]


def _translations() -> list[tuple[Entry, str]]:
    return [
        (entry, text)
        for path in catalogues()
        for entry in _catalogue(path)
        for text in entry.translations()
    ]


def test_every_language_but_english_has_a_catalogue() -> None:
    offered = {code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE}
    assert {path.parent.parent.name for path in catalogues()} == offered != set()


def test_no_message_is_missing_left_over_guessed_or_untranslated() -> None:
    found = messages_of(PROJECT)
    assert {path.name: problems(path, found) for path in catalogues()} == {"django.po": []}


def test_placeholders_and_markup_of_a_translation_are_those_of_the_text() -> None:
    wrong = {}
    for entry, text in _translations():
        originals = [entry.parts[name] for name in ("msgid", "msgid_plural") if name in entry.parts]
        if set(PLACEHOLDER.findall(text)) not in [set(PLACEHOLDER.findall(o)) for o in originals]:
            wrong[originals[0]] = text
    assert wrong == {}


def test_a_translation_begins_and_ends_as_the_text_does() -> None:
    """Texts are put together with others: a blank or colon lost shows in the page."""
    wrong = {}
    for entry, text in _translations():
        original = entry.parts["msgid"]
        if _edges(original) != _edges(text):
            wrong[original] = text
    assert wrong == {}


def _edges(text: str) -> tuple[bool, bool, str]:
    ending = text.rstrip()[-1:]
    return text[:1] == " ", text[-1:] == " ", ending if ending in ENDINGS else ""


def test_german_speaks_formally_and_quotes_as_germans_do() -> None:
    informal = re.compile(r"\b(?:[Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich)\b|«|»|\"[A-Za-zÄÖÜ]")
    allowed = '"1000.00"'
    found = [text for _entry, text in _translations() if informal.search(text.replace(allowed, ""))]
    assert found == []


@pytest.mark.parametrize(
    ("framework", "texts"),
    [(allauth, reworded.OF_ALLAUTH), (rest_framework, reworded.OF_THE_REST_FRAMEWORK)],
)
def test_every_reworded_text_is_one_of_the_frameworks_and_said_our_way(
    framework: ModuleType, texts: tuple[str, ...]
) -> None:
    folder = Path(framework.__file__ or "").parent / "locale"
    theirs = gettext.translation("django", folder, languages=["de"])
    assert [text for text in texts if theirs.gettext(text) == text] == [], "no longer theirs"
    with translation.override("de"):
        unheard = [t for t in texts if translation.gettext(t) in {t, theirs.gettext(t)}]
    assert unheard == []


def test_the_compiled_catalogue_is_the_current_one() -> None:
    stale = [
        path.name
        for path in catalogues()
        if path.with_suffix(".mo").read_bytes() != compiled(path.read_text(encoding="utf-8"))
    ]
    assert stale == []


def test_our_extraction_finds_what_xgettext_finds(tmp_path: Path) -> None:
    """xgettext passes over calls within f-strings, so ours may find more, never less."""
    if shutil.which("xgettext") is None:
        pytest.skip("xgettext is not installed")
    output = tmp_path / "messages.po"
    subprocess.run(
        ["xgettext", "--from-code=UTF-8", "--language=Python", "--no-location", "-o", str(output)]
        + [f"--keyword={name}" for name in ("gettext_lazy", "gettext_noop", "ngettext_lazy:1,2")]
        + ["--keyword=_", "--keyword=pgettext:1c,2", "--keyword=pgettext_lazy:1c,2"]
        + [str(PROJECT / source.path) for source in sources("config") + tuple(app_sources())],
        check=True,
        capture_output=True,
    )
    theirs = {entry.key() for entry in _catalogue(output)}
    assert theirs
    assert theirs - messages_of(PROJECT).keys() == set()


def test_templates_hold_no_words_outside_translation_tags() -> None:
    found = {}
    for pattern in TEMPLATE_NAMES:
        for path in sorted((PROJECT / "templates").rglob(pattern)):
            name = path.relative_to(PROJECT).as_posix()
            texts = template_texts(path.read_text(encoding="utf-8"))
            if texts and not UNTRANSLATED_TEMPLATES.match(name):
                found[name] = texts
    assert found == {}


def test_python_shows_no_text_that_is_not_translated() -> None:
    found = [
        f"{source.path}:{line}: {text}"
        for source in app_sources()
        if not FOR_OPERATORS.search(source.path)
        for line, text in python_texts(source.tree, is_api=IS_API.search(source.path) is not None)
    ]
    assert found == []


def test_scripts_have_no_texts_of_their_own() -> None:
    found = {
        path.name: texts
        for path in sorted((PROJECT / "assets" / "js").glob("*.js"))
        if (texts := script_texts(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "template",
    [
        "<p>Save</p>",
        '<img alt="The picture">',
        '<input type="submit" value="Save">',
        '{% include "x.html" with label="Save" only %}',
        "{% panel title='Measures' %}{% endpanel %}",
        "{% blocktrans %}Save{% endblocktrans %} it",
        "{{ count }} measures",
    ],
)
def test_the_search_sees_words_in_a_template(template: str) -> None:
    assert template_texts(template) != []


@pytest.mark.parametrize(
    "template",
    [
        '<p class="lead">{% trans "Save" %}</p>{# a remark #}',
        "{% blocktrans count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktrans %}",
        '{% include "x.html" with label=_("Save") tone="primary" only %}',
        "<code>manage.py verify_audit</code> <kbd>Esc</kbd> <script src='x.js'></script>",
        '<input type="hidden" name="next" value="words"> Tollgate · 12 &amp; 3',
    ],
)
def test_the_search_passes_over_what_is_translated_or_not_read(template: str) -> None:
    assert template_texts(template) == []


@pytest.mark.parametrize(
    "code",
    [
        'Invalid({"name": ["This is required."]})',
        'Invalid({"name": [f"At most {n} letters"]})',
        'forms.CharField(label="Name")',
        'forms.CharField(help_text="A short text.")',
        'messages.success(request, "Saved.")',
        'form.add_error("name", "Too long")',
        'Column("name", "Name")',
        'forms.TextInput(attrs={"placeholder": "Code or name"})',
        'class Seat(models.TextChoices):\n    CHAIR = "chair", "Chair"',
        'class Late(DomainError):\n    title = "Too late"',
    ],
)
def test_the_search_sees_texts_in_python(code: str) -> None:
    assert list(python_texts(ast.parse(code))) != []


@pytest.mark.parametrize(
    "code",
    [
        'Invalid({"name": [_("This is required.")]})',
        'forms.CharField(label=_("Name"), label_suffix="")',
        'messages.success(request, _("Saved."))',
        'Column("name", _("Name"), numeric=True)',
        'logger.error("words for the log")',
        'class Seat(models.TextChoices):\n    CHAIR = "chair", _("Chair")',
    ],
)
def test_the_search_passes_over_translated_python(code: str) -> None:
    assert list(python_texts(ast.parse(code))) == []


@pytest.mark.parametrize(
    "code",
    [
        'note.textContent = "Saved";',
        'close.setAttribute("aria-label", "Close");',
        "if (confirm('Really?')) go();",
        'const text = "That did not work.";',
    ],
)
def test_the_search_sees_texts_in_scripts(code: str) -> None:
    assert script_texts(code) != []
