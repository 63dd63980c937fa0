"""The words of messages: listed by version, mended on a page that shows what people would get."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from esachivalaya.common.idempotency import KeyField, KeyMisused, once
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.refusals import kept_text, refusal
from esachivalaya.notifications import placeholders, registered, templates, wording
from esachivalaya.notifications.admin.access import for_watchers, page_context
from esachivalaya.notifications.models import Channel, MessageTemplate
from esachivalaya.notifications.permissions import may_watch
from esachivalaya.notifications.segments import is_gsm, segments_of

if TYPE_CHECKING:
    WordsBase = forms.ModelForm[MessageTemplate]
    TemplateBase = admin.ModelAdmin[MessageTemplate]
else:
    WordsBase = forms.ModelForm
    TemplateBase = admin.ModelAdmin


class WordsForm(WordsBase):
    """The words of one version, judged as a whole before they are saved."""

    form_key = KeyField()
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = MessageTemplate
        fields = wording.WORDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version
        sms = self.instance.channel == Channel.SMS
        for name in [name for name in self.fields if name.startswith("subject" if sms else "dlt")]:
            del self.fields[name]
        for language in wording.LANGUAGES:
            body = self.fields[f"body_{language}"]
            body.widget = forms.Textarea(
                {"rows": 5 if sms else 14, "lang": language, "data-words": language}
            )
            if sms:
                self.fields[f"dlt_text_{language}"].widget = forms.Textarea(
                    {"rows": 4, "lang": language}
                )
                self.fields[f"dlt_text_{language}"].help_text = gettext_lazy(
                    "Exactly as the register has it, each variable as its tag, for example "
                    "{#alphanumeric#}. Below the preview is a text that you can register."
                )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        # Browsers send each line end as two characters, and each of them costs.
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = value.replace("\r\n", "\n")
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        for name, sentences in wording.problems_of(self.instance).items():
            there = list(self.errors.get(name) or [])
            for sentence in sentences:
                if sentence not in there:
                    self.add_error(name if name in self.fields else None, sentence)

    def validate_constraints(self) -> None:
        """The version is given when it is saved, so nothing is asked of it here."""


@dataclass(frozen=True)
class Preview:
    """What a reader of one language gets, with the longest values."""

    language: str
    name: str
    subject: str
    text: str
    segments: int
    budget: int
    plain: bool
    to_register: str
    values: dict[str, str]

    @property
    def json_values(self) -> str:
        """The values as the script on the page reads them."""
        return json.dumps(self.values, ensure_ascii=False)

    @property
    def fits(self) -> bool:
        return self.segments <= self.budget


def previews_of(row: MessageTemplate) -> list[Preview]:
    """Return the previews of ``row``; words that cannot be filled are shown as they stand."""
    return [_preview(row, language) for language in wording.LANGUAGES]


def _preview(row: MessageTemplate, language: str) -> Preview:
    values = {
        name: value if isinstance(value, str) else value[language]
        for name, value in placeholders.longest_values(row.key).items()
    }
    sms = row.channel == Channel.SMS
    if sms and "name" in values:
        values["name"] = templates.shortened(values["name"])
    try:
        longest = placeholders.longest_values(row.key)
        subject, text = templates.render(templates.words_of(row), longest, language)
    except ValueError:
        subject, text = getattr(row, f"subject_{language}"), getattr(row, f"body_{language}")
    return Preview(
        language=language,
        name=_("English") if language == "en" else _("Hindi"),
        subject=subject,
        text=text,
        segments=segments_of(text) if sms else 0,
        budget=wording.budget_of(row.klass, language),
        plain=is_gsm(text),
        to_register=registered.suggestion(row, language) if sms else "",
        values={**placeholders.own_values(language), **values},
    )


@for_watchers
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one version with its preview; the newest can be mended into the next one."""
    row = MessageTemplate.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    newest = wording.newest_of(row)
    if request.method != "POST" or switching_language(request):
        blank = cast("type[WordsForm]", partial(WordsForm, instance=row))
        return _page(request, row, newest, WordsForm(initial=typed(blank, request), instance=row))
    form = WordsForm(request.POST, instance=row)
    if not form.is_valid() or "preview" in request.POST:
        return _page(request, row, newest, form)
    try:
        return _saved(request, row, form)
    except wording.OldWords as old:
        text = _("Somebody mended these words after you opened them. Nothing was saved.")
        return _refused(request, old.newest.pk, text)
    except KeyMisused:
        text = _("This form was sent before with other words. Open the page anew.")
        return _refused(request, newest.pk, text)


def _saved(request: HttpRequest, row: MessageTemplate, form: WordsForm) -> HttpResponse:
    said = form.cleaned_data
    # The version that the person saw, not the one that the address leads to.
    row.version = said["version"]
    once(
        request,
        lambda: wording.save_version(template=row, by=request.user),
        form=f"message-words:{row.pk}",
        key=said["form_key"],
        asked={name: value for name, value in said.items() if name != "form_key"},
    )
    newest = wording.newest_of(row)
    messages.success(
        request, _("Saved. Messages written from now on use version %d.") % newest.version
    )
    return redirect("admin:notifications_messagetemplate_change", newest.pk)


def _refused(request: HttpRequest, newest: int, text: str) -> HttpResponse:
    return refusal(
        request,
        409,
        text=text,
        kept=kept_text(request),
        url=reverse("admin:notifications_messagetemplate_change", args=[newest]),
        action=_("See the words as they are now"),
    )


def _page(
    request: HttpRequest, row: MessageTemplate, newest: MessageTemplate, form: WordsForm
) -> HttpResponse:
    versions = MessageTemplate.objects.filter(key=row.key, channel=row.channel)
    shown = form.instance
    if not form.is_bound:
        # After a switch of the language the typed text stands in the form only.
        for name in form.initial.keys() & set(wording.WORDS):
            setattr(shown, name, form.initial[name])
    needed = placeholders.needed_values(row.key, row.channel)
    context = {
        **page_context(request),
        "title": f"{row.key} · {row.get_channel_display()}",
        "row": row,
        "newest": newest,
        "editable": row.pk == newest.pk,
        "form": form,
        "texts": [field for field in form.visible_fields() if not field.name.startswith("dlt")],
        "register": [field for field in form.visible_fields() if field.name.startswith("dlt")],
        "previews": previews_of(shown),
        "sms": row.channel == Channel.SMS,
        "versions": versions.order_by("-version").only("pk", "version", "made_at")[:20],
        "needed": [f"{{{name}}}" for name in sorted(needed)],
        "known": [f"{{{name}}}" for name in placeholders.known_values(row.key)],
    }
    return render(request, "admin/notifications/words.html", context)


@admin.register(MessageTemplate)
class MessageTemplateAdmin(TemplateBase):
    """The list of all versions; a version has a page of its own instead of Django's form."""

    purpose = gettext_lazy("The words of each message. Saving changed words makes a new version.")
    list_display = ["key", "channel", "version", "sms_segments", "on_register"]
    list_filter = ["channel", "klass"]
    search_fields = ["key"]
    ordering = ["key", "channel", "-version"]
    list_per_page = 50
    show_full_result_count = False
    actions = None

    @admin.display(description=gettext_lazy("segments with the longest values"))
    def sms_segments(self, row: MessageTemplate) -> str:
        if row.channel != Channel.SMS:
            return "-"
        return " · ".join(f"{one.language} {one.segments}" for one in previews_of(row))

    @admin.display(description=gettext_lazy("on the register"), boolean=True)
    def on_register(self, row: MessageTemplate) -> bool | None:
        if row.channel != Channel.SMS:
            return None
        return bool(row.dlt_template_id_en and row.dlt_template_id_hi)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        named = {"title": _("All words of messages"), **(extra_context or {})}
        return super().changelist_view(request, named)

    def get_urls(self) -> list[URLPattern]:
        def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            return update_wrapper(self.admin_site.admin_view(view), view)

        name = "notifications_messagetemplate"
        return [
            path("", page(self.changelist_view), name=f"{name}_changelist"),
            path("<int:pk>/change/", page(words), name=f"{name}_change"),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Keys are what the portal's services call; a new one comes with them.
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: MessageTemplate | None = None
    ) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: MessageTemplate | None = None) -> bool:
        return may_watch(request.user)

    def has_change_permission(
        self, request: HttpRequest, obj: MessageTemplate | None = None
    ) -> bool:
        return may_watch(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_watch(request.user)
