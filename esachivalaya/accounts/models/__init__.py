"""Who signs in, and the people they sign in for."""

from esachivalaya.accounts.models.citizens import Citizen, GuardianConsent, Household
from esachivalaya.accounts.models.codes import SignInCode
from esachivalaya.accounts.models.nominees import Nominee
from esachivalaya.accounts.models.numbers import NumberChange
from esachivalaya.accounts.models.sessions import SessionRecord
from esachivalaya.accounts.models.users import Invitation, Role, User

__all__ = [
    "Citizen",
    "GuardianConsent",
    "Household",
    "Invitation",
    "Nominee",
    "NumberChange",
    "Role",
    "SessionRecord",
    "SignInCode",
    "User",
]
