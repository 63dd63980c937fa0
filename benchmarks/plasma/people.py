"""Two officers who run campaigns, and a browser of one of them."""

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from esachivalaya.accounts.models import Role, User
from esachivalaya.accounts.proved_lately import PROVED_AT
from esachivalaya.common.clock import now
from plasma.models import Campaign
from plasma.services import campaigns

BACKEND = "esachivalaya.accounts.backends.StaffBackend"


def make_officers() -> tuple[User, User]:
    """Make who proposes and who approves."""
    made = [
        User.objects.create_staff(
            username=f"bench.{number}",
            name_en=f"Officer {number}",
            name_hi=f"अधिकारी {number}",
            phone=f"+91980000000{number}",
            email=f"bench{number}@office.example",
        )
        for number in (1, 2)
    ]
    Role.objects.bulk_create(Role(user=user, name=Role.Name.CAMPAIGNS) for user in made)
    return made[0], made[1]


def approved(row: Campaign, first: User, second: User) -> Campaign:
    """Take a campaign that was looked at to its approval."""
    row = campaigns.propose(campaign=row, by=first, version=row.version)
    return campaigns.approve(campaign=row, by=second, version=row.version)


def signed_in(user: User) -> Client:
    """A browser in which ``user`` has come in with the second factor."""
    device = TOTPDevice.objects.create(user=user, name="phone", confirmed=True)
    client = Client()
    client.force_login(user, backend=BACKEND)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session[PROVED_AT] = now().isoformat()
    session.save()
    return client
