"""Messages as those who watch them see them, and the words one may mend."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.formats import datetime_short, masked_phone
from esachivalaya.notifications import placeholders, templates
from esachivalaya.notifications.models import Channel, Message, MessageTemplate
from esachivalaya.notifications.permissions import may_watch
from esachivalaya.notifications.segments import segments_of
from esachivalaya.notifications.wording import save_version

# Whoever reads the link of these before its owner does could take the account.
WITH_WAY_IN = {"staff_invitation", "staff_reset"}


def masked_address(message: Message) -> str:
    """Return the address so that its owner would know it and nobody else learns it."""
    if message.channel == Channel.SMS:
        return masked_phone(message.to)
    name, _at, host = message.to.partition("@")
    return f"{name[:1]}…@{host}"


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read-only: numbers masked, words on a message's own page only, those of a code never."""

    purpose = _("What the portal sent and what became of it. Numbers are masked.")
    list_display = ["id", "written", "channel", "klass", "template", "address", "status", "problem"]
    list_filter = ["status", "klass", "channel"]
    list_select_related = ["template"]
    list_per_page = 50
    show_full_result_count = False
    ordering = ["-id"]
    fields = [
        "channel",
        "klass",
        "status",
        "template",
        "address",
        "language",
        "words",
        "segments",
        "written",
        "due_at",
        "expires_at",
        "accepted_at",
        "attempts",
        "provider_id",
        "problem",
    ]
    readonly_fields = ["address", "written", "words"]

    @admin.display(description=_("to"))
    def address(self, message: Message) -> str:
        return masked_address(message)

    @admin.display(description=_("written at"), ordering="id")
    def written(self, message: Message) -> str:
        return datetime_short(message.created_at)

    @admin.display(description=_("words"))
    def words(self, message: Message) -> Any:
        if not message.body:
            return "-"
        if message.klass == "code":
            return _("Not shown: a code is for its owner only.")
        if message.template.key in WITH_WAY_IN:
            return _("Not shown: the link in it is for its owner only.")
        subject = f"{message.subject}\n\n" if message.subject else ""
        return linebreaksbr(subject + message.body)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        # The superuser sets up and sees no content: the role counts, and nothing else.
        return may_watch(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_watch(request.user)


class WordsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The words of one version; placeholders are checked before it is saved."""

    class Meta:
        model = MessageTemplate
        fields = [
            "subject_en",
            "subject_hi",
            "body_en",
            "body_hi",
            "dlt_entity_id",
            "dlt_header",
            "dlt_template_id_en",
            "dlt_template_id_hi",
        ]


@admin.register(MessageTemplate)
class MessageTemplateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Saving changed words makes a new version; the old one stays with the messages it made."""

    form = WordsForm
    purpose = _("The words of each message. Saving changed words makes a new version.")
    list_display = ["key", "channel", "version", "klass", "sms_segments"]
    list_filter = ["channel", "klass"]
    search_fields = ["key"]
    ordering = ["key", "channel", "-version"]
    fieldsets = [
        (None, {"fields": ["key", "channel", "version", "klass", "may_say"]}),
        (_("Words"), {"fields": ["subject_en", "body_en", "subject_hi", "body_hi", "preview"]}),
        (
            _("Register of the Indian networks (DLT)"),
            {
                "fields": [
                    "dlt_entity_id",
                    "dlt_header",
                    "dlt_template_id_en",
                    "dlt_template_id_hi",
                ]
            },
        ),
    ]
    readonly_fields = ["key", "channel", "version", "klass", "may_say", "preview"]

    @admin.display(description=_("segments with the longest values"))
    def sms_segments(self, row: MessageTemplate) -> str:
        if row.channel != Channel.SMS:
            return "-"
        return " · ".join(f"{language} {segments_of(text)}" for language, text in _examples(row))

    @admin.display(description=_("placeholders"))
    def may_say(self, row: MessageTemplate) -> str:
        return ", ".join(f"{{{name}}}" for name in placeholders.known_values(row.key))

    @admin.display(description=_("with the longest values"))
    def preview(self, row: MessageTemplate) -> SafeString:
        return format_html_join(
            "",
            '<p lang="{}">{}</p>',
            [(language, linebreaksbr(text)) for language, text in _examples(row)],
        )

    def save_model(
        self, request: HttpRequest, obj: MessageTemplate, form: Any, change: bool
    ) -> None:
        new = save_version(template=obj, by=request.user)
        # The admin goes on with the row that was made.
        obj.pk, obj.version = new.pk, new.version

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
        """Only the newest version is changed, into the next one."""
        if not may_watch(request.user):
            return False
        return obj is None or not MessageTemplate.objects.newer_than(obj).exists()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_watch(request.user)


def _examples(row: MessageTemplate) -> list[tuple[str, str]]:
    words = templates.words_of(row)
    return [
        (language, templates.render(words, placeholders.longest_values(row.key), language)[1])
        for language in ("en", "hi")
    ]
