"""Each component draws what its parameters say, and nothing it was not given."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from esachivalaya.common.charts import bar_chart, line_chart

NOW = datetime(2020, 7, 14, 4, 30, tzinfo=UTC)


class SampleForm(forms.Form):
    subject = forms.CharField(label="Subject", help_text="One line")
    part = forms.ChoiceField(
        label="Part", choices=[("am", "Morning"), ("pm", "Afternoon")], widget=forms.RadioSelect
    )
    more = forms.BooleanField(label="More", required=False)


def component(name: str, /, **parameters: Any) -> str:
    with translation.override("en"):
        return render_to_string(f"components/{name}.html", {"language": "en", **parameters})


def test_the_error_summary_links_each_error_to_its_field() -> None:
    html = component("error_summary", form=SampleForm({}))
    assert '<a href="#id_subject">Subject: ' in html
    assert '<a href="#id_part_0">Part: ' in html


def test_a_form_not_yet_sent_has_no_error_summary() -> None:
    assert "error-summary" not in component("error_summary", form=SampleForm())


def test_a_field_is_tied_to_its_hint_and_its_error() -> None:
    form = SampleForm({})
    html = component("field", field=form["subject"])
    assert 'aria-describedby="id_subject_helptext id_subject_error"' in html
    assert 'id="id_subject_helptext"' in html
    assert 'id="id_subject_error"' in html
    assert 'aria-invalid="true"' in html
    assert '<label class="form-label" for="id_subject">' in html


def test_radio_buttons_stand_in_a_fieldset_with_a_legend() -> None:
    html = component("field", field=SampleForm()["part"])
    assert "<fieldset" in html
    assert "<legend" in html
    assert html.count('type="radio"') == 2


def test_what_need_not_be_filled_says_so() -> None:
    class Optional(forms.Form):
        words = forms.CharField(required=False)

    assert "(optional)" in component("field", field=Optional()["words"])


def test_crispy_draws_the_same_field() -> None:
    template = Template("{% load crispy_forms_tags %}{{ form|crispy }}")
    html = template.render(Context({"form": SampleForm()}))
    assert 'class="field"' in html
    assert 'aria-describedby="id_subject_helptext"' in html


def test_a_countdown_carries_the_exact_time_and_turns_at_the_due_time() -> None:
    html = component("countdown", due=NOW + timedelta(hours=5, minutes=20), now=NOW)
    assert "5 h 20 min left" in html
    assert 'datetime="2020-07-14T15:20:00+05:30"' in html
    assert "overdue" in component("countdown", due=NOW, now=NOW)


def slots(*free: bool) -> list[dict[str, Any]]:
    return [
        {
            "value": f"v{number}",
            "starts_at": NOW + timedelta(minutes=20 * number),
            "ends_at": NOW + timedelta(minutes=20 * number + 15),
            "free": is_free,
        }
        for number, is_free in enumerate(free)
    ]


def test_the_slot_picker_opens_the_first_day_with_a_free_time() -> None:
    days = [
        {"date": NOW.date(), "slots": slots(False)},
        {"date": NOW.date() + timedelta(days=1), "slots": slots(True, False)},
        {"date": NOW.date() + timedelta(days=2), "slots": slots(True)},
    ]
    html = component("slot_picker", days=days)
    assert html.count('<details class="slot-day" open>') == 1
    assert html.index("Tuesday 14 July") < html.index(" open>") < html.index("Wednesday 15 July")
    assert html.count(" disabled") == 2
    assert html.count('name="slot"') == 4


def test_the_chosen_time_is_ticked_and_its_day_stands_open() -> None:
    days = [
        {"date": NOW.date(), "slots": slots(True)},
        {"date": NOW.date() + timedelta(days=1), "slots": [{**slots(True)[0], "value": "mine"}]},
    ]
    html = component("slot_picker", days=days, chosen="mine", name="start")
    assert 'name="start" value="mine" id="slot_mine" checked' in html
    assert html.count(" open>") == 2


def test_times_as_links_leave_out_those_that_are_taken() -> None:
    days = [{"date": NOW.date(), "slots": slots(True, False)}]
    html = component("slot_picker", days=days, link_url="/appointments/new/dc/")
    assert html.count("<a href=") == 1
    assert "/appointments/new/dc/?slot=v0" in html


def test_the_pager_keeps_the_filters_of_the_list() -> None:
    request = RequestFactory().get("/list/", {"q": "dc rewari", "after": "old"})
    page = SimpleNamespace(next="token", first=False)
    html = component("pager", page=page, request=request)
    assert "?q=dc+rewari&amp;after=token" in html
    assert 'href="?q=dc+rewari"' in html


def test_a_list_that_fits_has_no_pager() -> None:
    page = SimpleNamespace(next="", first=True)
    assert "<nav" not in component("pager", page=page, request=RequestFactory().get("/"))


def test_text_in_components_is_escaped() -> None:
    hostile = "<script>alert(1)</script>"
    cases: dict[str, dict[str, Any]] = {
        "notice": {"kind": "info", "text": hostile},
        "phone_bubble": {"sender": hostile, "text": hostile},
        "summary_list": {"rows": [{"label": hostile, "value": hostile}]},
        "timeline": {"events": [{"at": NOW, "what": hostile, "words": hostile}]},
        "kept_text": {"kept": [hostile]},
        "person_card": {"name": hostile, "post": hostile},
    }
    for name, parameters in cases.items():
        assert "<script>" not in component(name, **parameters), name


def test_a_chart_prints_its_figures_as_a_table_too() -> None:
    html = component("chart", kind="bar", title="Answered", rows=[("Rewari", 380000), ("Nuh", 0)])
    assert "<svg" in html
    assert '<th scope="row">Rewari</th><td class="number">3,80,000</td>' in html


def test_charts_without_figures_are_drawn_empty() -> None:
    assert bar_chart([]).marks == ()
    assert line_chart([]).points == ""


def test_the_longest_bar_is_the_largest_figure() -> None:
    small, large = bar_chart([("a", 5, "5"), ("b", 10, "10")]).marks
    assert float(large.width) == 2 * float(small.width)


def test_words_in_two_languages_fall_back_to_the_other_one() -> None:
    post = SimpleNamespace(title_hi="उपायुक्त", title_en="")
    with translation.override("en"):
        html = Template('{% load portal %}{{ post|bilingual:"title" }}').render(
            Context({"post": post})
        )
    assert html == "उपायुक्त"
