"""Loading a CSV file in the admin: upload, preview, confirm. Any list of the admin plugs in::

    class ServiceCatalogueAdmin(HasImport, ServiceAdmin):
        importing = CsvImport(
            kind="services",
            title=_("Load services from a file"),
            purpose=_("One line for each service."),
            columns=SERVICES.columns,     # in the order of the first line
            optional=SERVICES.optional,
            load=of_layout(SERVICES),     # or a function (path, *, by, dry_run) -> Report
            may=sets_up,                  # whether this user may load it, asked on each page
        )

The list then leads to ``admin:<app>_<model>_import``.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from esachivalaya.common.idempotency import AlreadySent, KeyField, KeyMisused, claim
from esachivalaya.common.language import switching_language
from esachivalaya.common.models import PendingImport
from esachivalaya.common.pending_imports import (
    CsvImport,
    PreviewOutdated,
    keep,
    load_kept,
    of_layout,
    preview_of,
)
from esachivalaya.common.refusals import refusal
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.uploads import clean_name, oversized

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

__all__ = ["CsvImport", "HasImport", "of_layout"]

LARGEST = 5 * 1024 * 1024
_GET_POST = require_http_methods(["GET", "HEAD", "POST"])


class UploadForm(forms.Form):
    """One CSV file; what is inside it is judged line by line on the next page."""

    form_key = KeyField()
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy(
            "Saved as “CSV UTF-8”, at most 5 MB. Nothing is changed before you have seen what "
            "the file would do."
        ),
        allow_empty_file=False,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def __init__(self, *args: Any, left_out: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left_out = left_out or []
        if self.left_out:
            self.fields["file"].required = False

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if self.left_out or (upload and upload.size > LARGEST):
            raise ValidationError(
                gettext_lazy("The file is larger than 5 MB. Divide it and load its parts.")
            )
        return upload


class HasImport(Base):
    """For a ModelAdmin whose rows can be loaded from a file. Pages for ``importing.may`` alone."""

    importing: CsvImport

    def get_urls(self) -> list[URLPattern]:
        own = self._import_name()
        page = self.admin_site.admin_view
        return [
            path("import/", page(self.import_view), name=own),
            path("import/<int:pk>/", page(self.import_preview_view), name=f"{own}_preview"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead from the list to the loading of a file."""
        context = dict(extra_context or {})
        if self.importing.may(request.user):
            context["import_url"] = reverse(f"admin:{self._import_name()}")
            context["import_words"] = self.importing.title
        return super().changelist_view(request, context)

    @method_decorator(_GET_POST)
    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the file and keep it; what it would do is on the page after it."""
        self._only_who_may(request)
        form = UploadForm()
        if request.method == "POST" and not switching_language(request):
            form = UploadForm(request.POST, request.FILES, left_out=oversized(request))
            if form.is_valid():
                return self._keep(request, form)
        context = {
            **self.admin_site.each_context(request),
            "title": self.importing.title,
            "importing": self.importing,
            "form": form,
            "opts": self.opts,
            "list_url": self._list_url(),
        }
        status = 422 if form.errors else 200
        return render(request, "admin/import/upload.html", context, status=status)

    @method_decorator(_GET_POST)
    def import_preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what one's own kept file would do, and load it when that is confirmed."""
        self._only_who_may(request)
        pending = PendingImport.objects.filter(
            pk=pk, kind=self.importing.kind, by_id=request.user.pk
        ).first()
        if pending is None:
            raise Http404
        changed_meanwhile = False
        if request.method == "POST" and not switching_language(request):
            shown = request.POST.get("shown", "")
            try:
                if load_kept(
                    importing=self.importing, pending=pending, shown=shown, by=request.user
                ):
                    messages.success(request, _("The file was loaded."))
                    return redirect(request.path)
            except PreviewOutdated:
                pass
            changed_meanwhile = True
            pending.refresh_from_db()
        context = {
            **self.admin_site.each_context(request),
            "title": self.importing.title,
            "pending": pending,
            "preview": preview_of(pending),
            "changed_meanwhile": changed_meanwhile,
            "opts": self.opts,
            "list_url": self._list_url(),
            "upload_url": reverse(f"admin:{self._import_name()}"),
        }
        status = 409 if changed_meanwhile else 200
        return render(request, "admin/import/preview.html", context, status=status)

    def _keep(self, request: HttpRequest, form: UploadForm) -> HttpResponse:
        upload = form.cleaned_data["file"]
        content = upload.read()
        try:
            address = self._keep_once(request, form.cleaned_data["form_key"], upload.name, content)
        except AlreadySent as sent:
            address = sent.result
        except KeyMisused:
            text = _("This form was sent before with another file. Open the page anew.")
            return refusal(
                request, 409, text=text, url=request.path, action=str(self.importing.title)
            )
        return redirect(address)

    @on_deadlock
    def _keep_once(self, request: HttpRequest, key: str, name: str, content: bytes) -> str:
        with transaction.atomic():
            claimed = claim(
                principal=f"user:{request.user.pk}",
                form=f"import:{self.importing.kind}"[:64],
                key=key,
                digest=PendingImport.digest_of(content),
            )
            pending = keep(
                importing=self.importing,
                content=content,
                file_name=clean_name(name),
                by=request.user,
            )
            address = reverse(f"admin:{self._import_name()}_preview", args=[pending.pk])
            claimed.finish(address)
        return address

    def _only_who_may(self, request: HttpRequest) -> None:
        if not self.importing.may(request.user):
            raise Http404

    def _import_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_import"

    def _list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
