"""The audit record as the auditor reads it: every act, and one subject's whole chain."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Max, Min, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from esachivalaya.audit.models import Detail, Entry
from esachivalaya.audit.permissions import may_read
from esachivalaya.audit.subjects import (
    kind_words,
    kinds_on_record,
    name_subjects,
    subjects_with_reference,
)
from esachivalaya.audit.verification import first_broken
from esachivalaya.audit.words import act_words, data_words
from esachivalaya.common.formats import chosen_language, datetime_short

if TYPE_CHECKING:
    EntryBase = admin.ModelAdmin[Entry]
else:
    EntryBase = admin.ModelAdmin

# Of a longer chain the latest acts are shown; the verification reads all of it.
SHOWN = 200
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


class EntriesByDay(QuerySet[Entry]):
    """Entries whose days, months and years are all those between the first entry and the last.

    The admin's row of days would look through every entry for them; on nearly every day there are
    some, and the two ends are found by the index.
    """

    def datetimes(  # type: ignore[override]
        self, field_name: str, kind: str, order: str = "ASC", tzinfo: Any = None
    ) -> list[datetime]:
        ends = self.aggregate(first=Min(field_name), last=Max(field_name))
        if ends["first"] is None:
            return []
        first, last = timezone.localtime(ends["first"]), timezone.localtime(ends["last"])
        days = (first + timedelta(days=number) for number in range((last - first).days + 2))
        each = {_beginning(day, kind) for day in days if day.date() <= last.date()}
        return sorted(each, reverse=order == "DESC")


def _beginning(moment: datetime, kind: str) -> datetime:
    """Return the begin of the year, month or day in which ``moment`` lies."""
    begin = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == "day":
        return begin
    return begin.replace(day=1) if kind == "month" else begin.replace(month=1, day=1)


class KindFilter(admin.SimpleListFilter):
    """What the act was done to."""

    title = _("subject")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, kind_words(kind)) for kind in kinds_on_record()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(subject_kind=self.value()) if self.value() else queryset


@admin.register(Entry)
class EntryAdmin(EntryBase):
    """Read-only, for the role *auditor* alone: entries tell who did what to whom."""

    purpose = _("Who did what, when and for which office. Nothing here can be changed.")
    list_display = ["moment", "subject", "act_told", "who", "post_code"]
    list_filter = [KindFilter]
    list_select_related = ["actor"]
    list_per_page = 50
    show_full_result_count = False
    date_hierarchy = "at"
    ordering = ["-id"]
    search_fields = ["subject_id"]
    search_help_text = _("Reference, code of a post, or user name")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        return EntriesByDay(self.model).order_by(*self.ordering).select_related("actor")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Look for a reference, the code of a post, or who acted."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(post_code__iexact=term) | Q(actor__username__iexact=term)
        for kind, pk in subjects_with_reference(term):
            wanted |= Q(subject_kind=kind, subject_id=pk)
        return queryset.filter(wanted), False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Name the subjects of the page at once, not row by row."""
        changes = super().get_changelist_instance(request)
        rows: Sequence[Any] = list(changes.result_list)
        names = name_subjects(rows)
        for row in rows:
            row.subject_name = names.get((row.subject_kind, row.subject_id), "")
        changes.result_list = rows
        return changes

    @admin.display(description=_("when"), ordering="id")
    def moment(self, entry: Entry) -> str:
        return datetime_short(entry.at)

    @admin.display(description=_("subject"))
    def subject(self, entry: Entry) -> str:
        name = getattr(entry, "subject_name", "")
        return f"{kind_words(entry.subject_kind)}: {name or entry.subject_id}"

    @admin.display(description=_("act"), ordering="act")
    def act_told(self, entry: Entry) -> str:
        return act_words(entry.act)

    @admin.display(description=_("by"))
    def who(self, entry: Entry) -> str:
        return who_acted(entry)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the whole chain to which the entry belongs."""
        entry = self.get_object(request, object_id) if may_read(request.user) else None
        if entry is None or request.method not in ("GET", "HEAD"):
            raise Http404
        return render(request, "admin/audit/chain.html", self._chain(request, entry))

    def _chain(self, request: HttpRequest, entry: Entry) -> dict[str, Any]:
        subject = {"subject_kind": entry.subject_kind, "subject_id": entry.subject_id}
        rows = Entry.objects.filter(**subject)
        count = rows.count()
        shown = list(rows.select_related("actor").order_by("-seq")[:SHOWN])
        details = Detail.objects.filter(entry__in=shown).in_bulk()
        name = name_subjects([entry]).get((entry.subject_kind, entry.subject_id), "")
        return {
            **admin.site.each_context(request),
            "title": f"{kind_words(entry.subject_kind)}: {name or entry.subject_id}",
            "count": count,
            "shown": len(shown),
            "broken": first_broken(entry.subject_kind, entry.subject_id),
            "opened": entry.pk,
            "entries": [
                {
                    "row": row,
                    "act": act_words(row.act),
                    "who": who_acted(row),
                    "data": told(details.get(row.pk)),
                }
                for row in shown
            ],
        }

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        # The superuser sets up and sees no content: the role counts, and nothing else.
        return may_read(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_read(request.user)


def who_acted(entry: Entry) -> str:
    """Return who acted: a person by name, or the portal itself."""
    actor: Any = entry.actor
    if actor is None:
        return str(_("the portal"))
    if not actor.is_staff:
        return str(_("a citizen"))
    return getattr(actor, f"name_{chosen_language()}", "") or str(actor)


def told(detail: Detail | None) -> list[dict[str, str]]:
    """Return the data of an entry as label and value; None where retention erased them."""
    if detail is None:
        return [{"label": str(_("Details")), "value": str(_("erased when their time was over"))}]
    return [
        {
            "label": data_words(name),
            "value": _told_value(value),
        }
        for name, value in detail.data.items()
        if value not in ("", None)
    ]


def _told_value(value: Any) -> str:
    """Return a value as text: a moment in the reader's words, anything else as it was recorded."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if not _MOMENT.match(value):
        return value
    try:
        return datetime_short(datetime.fromisoformat(value))
    except ValueError:
        return value
