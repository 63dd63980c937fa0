"""Pages of the admin whose every change goes through a service.

What the service refuses is shown in the form, with the typed text; a form sent twice acts once; a
form shown before somebody else's change is not saved over it; what one may not see is a 404.
"""

from typing import TYPE_CHECKING, Any, NoReturn

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import (
    NON_FIELD_ERRORS,
    FieldDoesNotExist,
    PermissionDenied,
    ValidationError,
)
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from esachivalaya.common.chosen_row import ChosenRow, TickedRows
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.idempotency import (
    AlreadySent,
    KeyField,
    KeyMisused,
    claim,
    digest_of,
)
from esachivalaya.common.registry import history

if TYPE_CHECKING:
    BaseForm = forms.ModelForm[Any]
else:
    BaseForm = forms.ModelForm

_OWN_FIELDS = ("form_key", "shown")

_DATE = {"format": "%Y-%m-%d", "attrs": {"type": "date"}}
_TIME = {"format": "%H:%M", "attrs": {"type": "time"}}
_DAY_PART: dict[str, Any] = {"type": "date", "aria-label": gettext_lazy("Day")}
_TIME_PART: dict[str, Any] = {"type": "time", "aria-label": gettext_lazy("Time")}


class PlainFields(TickedRows):
    """Forms with the browser's own pickers of days and times, and without windows that pop up.

    They work on a phone, without JavaScript, and show times as the reader's device writes them.
    """

    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput(**_DATE)},  # type: ignore[arg-type]
        models.TimeField: {"widget": forms.TimeInput(**_TIME)},  # type: ignore[arg-type]
        models.DateTimeField: {
            "form_class": forms.SplitDateTimeField,
            "widget": forms.SplitDateTimeWidget(
                date_format="%Y-%m-%d",
                time_format="%H:%M",
                date_attrs=_DAY_PART,
                time_attrs=_TIME_PART,
            ),
        },
    }

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """What is chosen by typing is shown again whatever was sent."""
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", ChosenRow(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """What is chosen is made and looked at on its own page, not in a second window."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        widget = getattr(field, "widget", None)
        if isinstance(widget, RelatedFieldWidgetWrapper):
            widget.can_add_related = widget.can_change_related = False
            widget.can_delete_related = widget.can_view_related = False
        return field


class Stale(Refusal):
    """Somebody changed the row after this form was shown."""


def digest_of_row(row: models.Model) -> str:
    """Return a digest of the stored values of ``row``, to see whether it was changed since."""
    return digest_of({field.attname: getattr(row, field.attname) for field in row._meta.fields})


def field_of_constraint(row: models.Model, message: str) -> str:
    """Return the first field that the check behind ``message`` looks at, "" when there is none."""
    for constraint in row._meta.constraints:
        if str(constraint.get_violation_error_message()) == message:
            found: Any = getattr(constraint, "condition", None)
            while isinstance(found, models.Q):
                found = found.children[0]
            return str(found[0]).partition("__")[0] if found else ""
    return ""


class ServiceForm(BaseForm):
    """A form that carries its key and what was shown.

    Constraints over the fields of ``judged_by_service`` are left to the service, which says more
    about what they clash with.
    """

    judged_by_service: tuple[str, ...] = ()

    form_key = KeyField()
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    refusal: Refusal | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "shown" in self.fields:
            self.fields["shown"].initial = digest_of_row(self.instance)

    def _get_validation_exclusions(self) -> set[str]:
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions | set(self.judged_by_service)

    def _update_errors(self, errors: ValidationError) -> None:
        """Put what a constraint refuses at the first field that it looks at, if it is here."""
        of_all = errors.error_dict.pop(NON_FIELD_ERRORS, [])
        for error in of_all:
            name = field_of_constraint(self.instance, str(error.message))
            place = name if name in self.fields else NON_FIELD_ERRORS
            errors.error_dict.setdefault(place, []).append(error)
        super()._update_errors(errors)  # type: ignore[misc]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.refusal is not None:
            field = self.refusal.field if self.refusal.field in self.fields else None
            self.add_error(field, str(self.refusal))
        return cleaned


class ServiceAdmin(PlainFields):
    """Subclasses say what ``save_row`` and ``remove_row`` call."""

    form = ServiceForm
    actions = None
    list_per_page = 50
    show_full_result_count = False

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        """Save ``row`` through its service."""
        raise NotImplementedError

    def remove_row(self, request: HttpRequest, row: Any) -> None:
        """Remove ``row`` through its service."""
        raise NotImplementedError

    def lock(self, row: Any) -> None:
        """Take the lock that the service takes first."""
        self.model._default_manager.select_for_update(no_key=True).filter(pk=row.pk).first()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address fills in, without values that no such column could hold."""
        return {
            name: value
            for name, value in super().get_changeform_initial_data(request).items()
            if self._could_hold(name, value)
        }

    def _could_hold(self, name: str, value: Any) -> bool:
        try:
            self.opts.get_field(name).to_python(value)  # type: ignore[union-attr]
        except (FieldDoesNotExist, ValidationError, AttributeError):
            return False
        return True

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show and save; a refusal undoes everything, then the form is shown again with it."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except AlreadySent as sent:
            messages.info(request, _("This form was sent before; it was saved once."))
            return HttpResponseRedirect(sent.result)
        except KeyMisused:
            refusal: Refusal = Stale(
                _("This form was sent before with other values. Open it anew.")
            )
        except Refusal as refused:
            refusal = refused
        request.refusal = refusal  # type: ignore[attr-defined]
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if isinstance(refusal, Stale):
            response.status_code = 409
        return response

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except Refusal as refused:
            return self.removal_refused(request, object_id, refused)

    def removal_refused(
        self, request: HttpRequest, object_id: str, refused: Refusal
    ) -> HttpResponse:
        """Answer who may not remove a row: back to it, with the sentence."""
        messages.error(request, str(refused))
        return HttpResponseRedirect(self._address("change", object_id))

    def recorded_on(self, row: Any) -> tuple[models.Model, dict[str, Any]]:
        """Return in whose record the changes of ``row`` stand, and which entries of it are its."""
        return row, {}

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what the record tells of the row, to whoever may see the row."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        return history(request, self, row)[0]

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Lead from the form to the history of what it shows."""
        if obj is not None and obj.pk:
            context["history_url"] = self._address("history", str(obj.pk))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The record has it already, written by the service in its transaction."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """As above."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """As above."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        back = self._address("changelist")
        data = {
            name: value if isinstance(value, str | int | None) else str(value)
            for name, value in form.cleaned_data.items()
            if name != "form_key"
        }
        claim(
            principal=f"user:{request.user.pk}",
            form=f"admin:{self.opts.label_lower}:{obj.pk or 'add'}"[:64],
            key=form.cleaned_data["form_key"],
            digest=digest_of(data),
            result=back,
        )
        if change:
            self._refuse_stale(obj, form.cleaned_data.get("shown", ""))
        self.save_row(request, obj, form, change=change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.remove_row(request, obj)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Give the form the refusal that led to its being shown again."""
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"refusal": getattr(request, "refusal", None)})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the hidden fields where something can be saved."""
        found = super().get_fieldsets(request, obj)
        own = set(_OWN_FIELDS)
        plain: list[tuple[Any, dict[str, Any]]] = [
            (name, {**options, "fields": [one for one in options["fields"] if one not in own]})
            for name, options in found
        ]
        may = self.has_change_permission if obj else self.has_add_permission
        if may(request, *([obj] if obj else [])):
            plain[0][1]["fields"] += _OWN_FIELDS
        return plain

    def _refuse_stale(self, row: Any, shown: str) -> None:
        self.lock(row)
        stored = self.model._default_manager.filter(pk=row.pk).first()
        if stored is None:
            raise Stale(_("Somebody removed this in the meantime."))
        if digest_of_row(stored) != shown:
            raise Stale(
                _(
                    "Somebody changed this after you opened it. Your values are kept below: "
                    "compare them with the current ones, then open the page anew."
                )
            )

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> NoReturn:
        """What is not there and what one may not see look the same."""
        raise Http404

    def _address(self, page: str, *args: str) -> str:
        label = f"{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"admin:{label}_{page}", args=args)
