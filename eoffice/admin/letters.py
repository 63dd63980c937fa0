"""Templates of letters, for whoever sets the portal up: each with its history and a preview."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from eoffice import pdf
from eoffice.admin.organisation import SetUpAdmin
from eoffice.models import LetterTemplate
from eoffice.services import letter_templates
from officials.admin.scope import actor


@admin.register(LetterTemplate)
class LetterTemplateAdmin(SetUpAdmin):
    purpose = _("How a department's letters look and begin, in each language.")
    fields = [
        "department",
        ("form", "language"),
        "name",
        "letterhead",
        "body",
        "placeholders",
        "active",
        "preview",
    ]
    readonly_fields = ["placeholders", "preview"]
    list_display = ["name", "form", "language", "department", "active"]
    list_filter = ["language", "form", "active", "department"]
    list_select_related = ["department"]
    search_fields = ["name"]
    autocomplete_fields = ["department"]

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        letter_templates.save_template(row=row, by=actor(request))

    def lock(self, row: Any) -> None:
        letter_templates.locked(row)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_safe(self.preview_view))
        own = path("<int:pk>/preview.pdf", page, name="eoffice_lettertemplate_preview")
        return [own, *super().get_urls()]

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the letter as a PDF, with values that stand for those of a file."""
        row = self.get_object(request, str(pk))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        letterhead, body = letter_templates.sample(row)
        with override(row.language):
            form = str(row.get_form_display())
        told = letter_templates.SAMPLE[row.language]
        sheet = pdf.Sheet(
            language=row.language,
            letterhead=letterhead,
            form=form,
            subject=told["subject"],
            body=body,
            to=[told["sender"]],
        )
        content = pdf.letter(sheet)
        answer = HttpResponse(content, content_type="application/pdf")
        answer["Content-Disposition"] = 'attachment; filename="preview.pdf"'
        return answer

    @admin.display(description=_("placeholders"))
    def placeholders(self, _row: LetterTemplate | None) -> str:
        """List what the letterhead and the words may say by themselves."""
        known = letter_templates.IN_WORDS.items()
        return format_html_join("", "<div><code>{{{}}}</code> {}</div>", known)

    @admin.display(description=_("preview"))
    def preview(self, row: LetterTemplate | None) -> str:
        """Lead to the letter as it would look; first it is saved."""
        if row is None or not row.pk:
            return gettext("Save it first.")
        address = reverse("admin:eoffice_lettertemplate_preview", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Letter as PDF"))
