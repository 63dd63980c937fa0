"""The forms of those who appoint."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import Role, User
from esachivalaya.accounts.phones import MobileField
from esachivalaya.accounts.services.staff import role_problem

if TYPE_CHECKING:
    UserFormBase = forms.ModelForm[User]
    RoleFormBase = forms.ModelForm[Role]
else:
    UserFormBase = RoleFormBase = forms.ModelForm


class ParticularsForm(UserFormBase):
    """Name, phone, e-mail and language of a staff user; all are needed for the link to arrive."""

    name_en = forms.CharField(label=_("name in English"), max_length=120)
    name_hi = forms.CharField(label=_("name in Hindi"), max_length=120)
    phone = MobileField()
    email = forms.EmailField(label=_("e-mail"))

    class Meta:
        model = User
        fields = ("name_en", "name_hi", "phone", "email", "language")


class InviteForm(ParticularsForm):
    """As above, with the user name, which never changes after."""

    username = forms.CharField(
        label=_("user name"),
        max_length=80,
        help_text=_("Small letters, digits, dot and hyphen. The link goes out by SMS and e-mail."),
        validators=[
            RegexValidator(
                r"\A[a-z0-9][a-z0-9.-]{1,79}\Z",
                _("Small letters a to z, digits, dots and hyphens only."),
            )
        ],
    )

    class Meta(ParticularsForm.Meta):
        fields = ("username", "name_en", "name_hi", "phone", "email", "language")  # type: ignore[assignment]

    def clean_username(self) -> str:
        """Names that differ in case only would be mistaken for each other."""
        username = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("This user name is taken. Choose another one."))
        return username


class RoleForm(RoleFormBase):
    """Who gets which role; ``by`` is set by the admin to whoever gives it."""

    by: ClassVar[Any] = None

    class Meta:
        model = Role
        fields = ("user", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            self.fields["user"].queryset = User.objects.filter(  # type: ignore[attr-defined]
                kind=User.Kind.STAFF, is_active=True
            ).order_by("username")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "user" in data and "name" in data:
            problem: Any = role_problem(user=data["user"], name=data["name"], by=self.by)
            if problem:
                raise forms.ValidationError(problem)
        return data
