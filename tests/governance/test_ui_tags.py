"""The design system: figures as text, block tags, tables, charts, and pages made of them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.http import HttpRequest
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from governance.gallery import views
from governance.ui import format as figures
from governance.ui.charts import Chart, Kind, Series, Unit
from governance.ui.parts import Column, headings
from governance.ui.sparkline import HEIGHT, WIDTH, sparkline

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
MONEY = st.decimals(
    min_value=Decimal(-(10**15)), max_value=Decimal(10**15), places=4, allow_nan=False
)


def render(source: str, request: HttpRequest | None = None, **values: object) -> str:
    template = Template("{% load i18n ui money %}" + source)
    context = RequestContext(request, values) if request else Context(values)
    return template.render(context).strip()


@pytest.fixture(autouse=True)
def _static_files_unhashed(settings) -> None:
    """These tests need no collected files."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture
def request_for(rf: RequestFactory):
    def make(address: str = "/", theme: str = "") -> HttpRequest:
        request = rf.get(address)
        if theme:
            request.COOKIES["theme"] = theme
        return request

    return make


class TestFigures:
    @pytest.mark.parametrize(
        ("value", "english", "german"),
        [
            ("0", "0", "0"),
            ("950.5", "950", "950"),
            ("951.5", "952", "952"),
            ("999.5", "1.0 k", "1,0 Tsd."),
            ("12500", "12.5 k", "12,5 Tsd."),
            ("999949", "999.9 k", "999,9 Tsd."),
            ("999960", "1.0 m", "1,0 Mio."),
            ("-1234567.89", f"{MINUS}1.2 m", f"{MINUS}1,2 Mio."),
            ("309124828", "309.1 m", "309,1 Mio."),
            ("4250000000", "4.2 bn", "4,2 Mrd."),
            ("1234567890123", "1,234.6 bn", "1.234,6 Mrd."),
        ],
    )
    def test_an_amount_is_scaled_to_one_decimal_and_its_unit(self, value, english, german):
        assert figures.scaled(Decimal(value), "en").replace(NBSP, " ") == english
        assert figures.scaled(Decimal(value), "de").replace(NBSP, " ") == german

    @pytest.mark.parametrize("value", [None, Decimal("NaN"), Decimal("Infinity")])
    def test_what_is_not_a_figure_is_a_dash(self, value):
        written = {
            figures.scaled(value, "en"),
            figures.exact(value, "en", unit="EUR"),
            figures.number(value, "en"),
            figures.percent(value, "en"),
            figures.in_scale(value, "en", "m"),
        }
        assert written == {figures.NOTHING}

    def test_rounding_is_half_even(self):
        halves = [Decimal("0.5"), Decimal("1.5"), Decimal("2.5"), Decimal("-2.5")]
        assert [figures.number(h, "en", places=0) for h in halves] == ["0", "2", "2", f"{MINUS}2"]

    def test_an_amount_that_rounds_to_zero_carries_no_minus(self):
        assert figures.scaled(Decimal("-0.4"), "en") == "0"

    @given(value=MONEY)
    def test_the_exact_text_carries_every_digit(self, value):
        text = figures.exact(value, "de")
        back = text.replace(MINUS, "-").replace(".", "").replace(",", ".")
        assert Decimal(back) == value

    @given(value=MONEY)
    def test_the_scaled_text_is_within_half_a_unit_of_its_last_place(self, value):
        scale = figures.scale_of(value)
        text = figures.in_scale(value, "en", scale).replace(",", "").replace(MINUS, "-")
        half = figures.SCALES[scale] / (20 if scale else 2)
        assert abs(Decimal(text) * figures.SCALES[scale] - value) <= half

    @given(value=MONEY)
    def test_a_scaled_text_never_reaches_the_next_unit(self, value):
        scale = figures.scale_of(value)
        text = figures.in_scale(abs(value), "en", scale).replace(",", "")
        assert scale == "bn" or Decimal(text) < 1000

    def test_sums_wider_than_a_column_keep_all_digits(self):
        huge = Decimal("123456789012345678901234567890.1234")
        assert figures.exact(huge, "en") == "123,456,789,012,345,678,901,234,567,890.1234"

    def test_one_unit_serves_a_whole_column(self):
        assert figures.common_scale([Decimal(900), None, Decimal(-2500000)]) == "m"
        assert figures.common_scale([]) == ""

    def test_a_ratio_is_written_as_a_percentage(self):
        assert figures.percent(Decimal("0.1234"), "de", places=1) == f"12,3{NBSP}%"


class TestMoneyTags:
    def test_the_exact_amount_stands_on_hover(self):
        html = render("{{ value|money:'EUR' }}", value=Decimal("1234567.89"))
        assert f'title="1,234,567.89{NBSP}EUR"' in html
        assert 'value="1234567.89"' in html
        assert f">1.2{NBSP}m<" in html

    def test_a_negative_amount_is_marked_twice(self):
        html = render("{% money value 'EUR' %}", value=Decimal("-1234567.89"))
        assert "money-negative" in html
        assert f">{MINUS}1.2" in html

    def test_null_is_a_dash_and_no_figure(self):
        html = render("{{ value|money:'EUR' }}", value=None)
        assert html == f'<span class="money money-none">{figures.NOTHING}</span>'

    def test_a_fixed_unit_is_left_to_the_heading(self):
        html = render("{% money value 'EUR' scale='m' %}", value=Decimal(980000))
        assert ">1.0<" in html

    def test_a_gain_is_signed_on_request(self):
        html = render("{% money value 'EUR' signed=True show_currency=True %}", value=Decimal(1500))
        assert f">+1.5{NBSP}k{NBSP}EUR<" in html

    def test_german_pages_write_german_figures(self):
        with override("de"):
            html = render(
                "{{ value|money:'EUR' }} {{ value|money_exact }}", value=Decimal("-1500.5")
            )
        assert f"{MINUS}1,5{NBSP}Tsd." in html
        assert html.endswith(f"{MINUS}1.500,50")

    def test_what_cannot_be_read_is_a_dash(self):
        assert render("{{ value|number }}", value="twelve") == figures.NOTHING


class TestMoments:
    def test_a_moment_names_its_instant_for_the_browser(self):
        at = datetime(2026, 5, 12, 9, 41, tzinfo=UTC)
        html = render("{{ at|moment }}", at=at)
        assert 'datetime="2026-05-12T09:41:00+00:00"' in html
        assert ">12 May 2026, 09:41<" in html

    def test_a_day_follows_the_language(self):
        with override("de"):
            assert render("{{ d|day }}", d=date(2026, 5, 2)) == "02.05.2026"
        assert render("{{ d|day }}", d=None) == figures.NOTHING


class TestPieces:
    def test_text_from_people_is_escaped_in_every_slot(self, request_for):
        evil = "<script>alert(1)</script>"
        html = render(
            "{% panel title=evil %}{{ evil }}{% endpanel %}"
            "{% page_header title=evil kicker=evil subtitle=evil %}{{ evil }}{% endpage_header %}"
            "{% callout title=evil %}{{ evil }}{% endcallout %}"
            "{% icon 'plus' label=evil %}",
            request_for(),
            evil=evil,
        )
        assert "<script" not in html
        assert html.count("&lt;script&gt;") == 9

    def test_a_misspelt_parameter_is_refused(self, request_for):
        with pytest.raises(TemplateSyntaxError, match="panel: unknown parameter titel"):
            render("{% panel titel='x' %}{% endpanel %}", request_for())

    def test_a_piece_does_not_see_the_variables_of_its_page(self, request_for):
        html = render("{% panel %}body{% endpanel %}", request_for(), title="of the page")
        assert "of the page" not in html

    def test_an_icon_without_label_is_silent(self):
        assert 'aria-hidden="true"' in render("{% icon 'plus' %}")
        assert 'role="img" aria-label="Add"' in render("{% icon 'plus' label='Add' %}")

    def test_a_refused_action_cannot_be_pressed_and_says_why(self):
        html = render(
            "{% include 'components/button.html'"
            " with label='Approve' url='/go' reason='Own one' only %}"
        )
        assert 'aria-disabled="true"' in html
        assert "Own one" in html
        assert "/go" not in html

    def test_every_light_carries_a_shape_and_a_word(self):
        words = {"green": "On track", "amber": "At risk", "red": "Off track", "blue": "Done"}
        for light, word in (words | {"grey": "Stale"}).items():
            html = render("{% include 'components/light.html' with light=l only %}", l=light)
            assert "<svg" in html
            assert word in html

    @pytest.mark.parametrize(("name", "expected"), [("Ada Winter", "AW"), ("a.b@x.example", "AB")])
    def test_initials_come_from_names_and_addresses(self, name, expected):
        assert render("{{ name|initials }}", name=name) == expected

    def test_initials_of_nothing_are_empty(self):
        assert render("{{ name|initials }}", name="") == ""


class TestTheme:
    @pytest.mark.parametrize(("cookie", "shown"), [("dark", "dark"), ("light", "light")])
    def test_the_chosen_theme_is_in_the_first_byte(self, request_for, cookie, shown):
        assert render("{% theme %}", request_for(theme=cookie)) == shown

    @pytest.mark.parametrize("cookie", ["", "auto", '"><script>'])
    def test_anything_else_leaves_it_to_the_browser(self, request_for, cookie):
        assert render("{% theme %}", request_for(theme=cookie)) == ""


class TestTables:
    COLUMNS = [Column("name", "Name", sortable=True), Column("value", "Value", numeric=True)]

    def test_a_second_click_turns_the_order(self):
        name, _value = headings(self.COLUMNS, "name")
        assert (name.direction, name.link_ordering) == ("ascending", "-name")
        name, _value = headings(self.COLUMNS, "-name")
        assert (name.direction, name.link_ordering) == ("descending", "name")

    def test_numbers_sort_largest_first(self):
        column = Column("value", "Value", numeric=True, sortable=True)
        assert headings([column], "")[0].link_ordering == "-value"

    def test_sorting_keeps_the_filters_and_leaves_the_page(self, request_for):
        html = render(
            "{% data_table columns=columns caption='C' ordering='' %}<tr></tr>{% enddata_table %}",
            request_for("/t/x/?owner=ada&cursor=abc"),
            columns=self.COLUMNS,
        )
        assert 'href="?owner=ada&amp;ordering=name"' in html

    def test_the_body_is_inside_the_table_body(self, request_for):
        html = render(
            "{% data_table columns=columns caption='C' %}<tr><td>1</td></tr>{% enddata_table %}",
            request_for(),
            columns=self.COLUMNS,
        )
        assert re.search(r"<tbody>\s*<tr><td>1</td></tr>\s*</tbody>", html)


class TestFields:
    class Example(forms.Form):
        name = forms.CharField(label="Name", help_text="In short.")
        kind = forms.ChoiceField(choices=[("a", "A")], required=False)
        sure = forms.BooleanField(required=False)

    FIELD = "{% include 'components/field.html' with field=form.name only %}"

    def test_help_and_error_are_tied_to_the_control(self):
        form = self.Example({})
        form.is_valid()
        html = render(self.FIELD, form=form)
        assert 'aria-describedby="id_name_helptext id_name_error"' in html
        assert 'id="id_name_helptext"' in html
        assert 'id="id_name_error"' in html
        assert "is-invalid" in html

    def test_each_control_wears_the_class_of_its_kind(self):
        form = self.Example()
        html = render("{% include 'components/form.html' with form=form only %}", form=form)
        for name in ("form-control", "form-select", "form-check-input"):
            assert f'class="{name}"' in html

    def test_the_summary_links_to_the_field(self):
        form = self.Example({})
        form.is_valid()
        html = render("{% include 'components/form_errors.html' with form=form only %}", form=form)
        assert '<a href="#id_name">Name</a>' in html


class TestCharts:
    @staticmethod
    def chart(**changes: object) -> Chart:
        given_values = {
            "id": "by-year",
            "kind": Kind.STACKED,
            "title": "Value",
            "categories": ["FY25", "FY26", "FY27"],
            "series": [
                Series("Hard", [Decimal("0.1"), Decimal(-2), None]),
                Series("Avoidance", [Decimal("0.2"), None, None]),
            ],
            "currency": "EUR",
        }
        return Chart(**(given_values | changes))

    def test_totals_are_exact_and_a_missing_figure_is_not_zero(self):
        assert self.chart().totals() == [Decimal("0.3"), Decimal(-2), None]

    def test_the_table_behind_it_is_exact(self):
        rows = self.chart(links=["/25"]).rows("en")
        assert (rows[0].url, list(rows[0].cells), rows[0].total) == (
            "/25",
            ["0.10", "0.20"],
            "0.30",
        )
        assert list(rows[2].cells) == [figures.NOTHING] * 2
        assert self.chart().foot("en") == [f"{MINUS}1.90", "0.20", f"{MINUS}1.70"]

    def test_figures_travel_as_text_not_as_floats(self):
        payload = self.chart().payload("de")
        assert payload["series"][0]["values"] == ["0.1", "-2", None]
        assert payload["totals"] == ["0.3", "-2", None]
        assert payload["format"]["point"] == ","

    def test_totals_of_wide_figures_lose_no_digit(self):
        wide = Decimal("98765432109876543210987654321.0001")
        chart = self.chart(categories=["a"], series=[Series(n, [wide]) for n in ("x", "y")])
        assert chart.totals() == [Decimal("197530864219753086421975308642.0002")]

    def test_lines_are_not_summed(self):
        payload = self.chart(kind=Kind.LINE).payload("en")
        assert payload["totals"] is None

    def test_counts_and_ratios_are_written_as_such(self):
        counted = Chart("c", Kind.BAR, "C", ["a"], [Series("n", [Decimal(12000)])], unit=Unit.COUNT)
        shares = Chart(
            "s", Kind.BAR, "S", ["a"], [Series("n", [Decimal("0.5")])], unit=Unit.PERCENT
        )
        assert counted.rows("en")[0].cells == ["12,000"]
        assert shares.rows("en")[0].cells == [f"50.0{NBSP}%"]

    def test_series_of_another_length_are_refused(self):
        with pytest.raises(ValueError, match="argument"):
            self.chart(categories=["FY25"]).rows("en")

    def test_without_a_figure_it_says_so_and_draws_nothing(self):
        chart = self.chart(series=[Series("Hard", [None, None, None])])
        html = render("{% include 'components/chart.html' with chart=chart only %}", chart=chart)
        assert "no figures" in html
        assert "data-chart" not in html

    def test_names_cannot_break_out_of_the_data(self):
        chart = self.chart(series=[Series("</script><b>", [Decimal(1), None, None])])
        html = render("{% include 'components/chart.html' with chart=chart only %}", chart=chart)
        assert "</script><b>" not in html


class TestSparkline:
    def test_a_gap_breaks_the_line(self):
        line = sparkline([Decimal(1), Decimal(2), None, Decimal(3)])
        assert len(line.runs) == 2

    def test_it_stays_inside_its_frame_and_draws_zero_where_it_is_crossed(self):
        line = sparkline([Decimal(-5), Decimal(5), Decimal("0.5")])
        points = [point.split(",") for run in line.runs for point in run.split()]
        assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in points)
        assert line.zero == "12.0"

    def test_nothing_draws_nothing(self):
        assert sparkline([None]).last is None


class TestGallery:
    @pytest.mark.parametrize("view", [views.components, views.page, views.confirm])
    @pytest.mark.parametrize("language", ["en", "de"])
    def test_every_component_renders_without_inline_style_or_script(self, rf, view, language):
        with override(language):
            html = view(rf.get("/_components/")).content.decode()
        assert f'<html lang="{language}"' in html
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)
        scripts = re.findall(r"<script[^>]*>", html)
        assert [tag for tag in scripts if "src=" not in tag and "application/json" not in tag] == []

    @pytest.mark.parametrize("status", sorted(views.ERRORS))
    def test_error_pages_say_what_happened_to_fragments_too(self, rf, status):
        response = views.error(rf.get("/"), status)
        assert response.status_code == status
        assert "data-error-message" in response.content.decode()
