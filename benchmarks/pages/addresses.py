"""The main pages of the portal: those on which each kind of person spends their day."""

from collections.abc import Iterator

from django.urls import reverse

from appointments.models import Request
from eoffice.models import Holding, Item
from esachivalaya.demo.kendras import FIRST
from plasma.models import Bank, Campaign

DESK, POST = "REV-EST-ASST", "DC-REW"


def addresses(row: Request) -> Iterator[tuple[str, str, str]]:
    """Yield what a page is called, who looks at it, and its address."""
    yield "home", "visitor", reverse("home")
    yield "directory", "visitor", reverse("officials:directory")
    yield "directory found", "visitor", f"{reverse('officials:directory')}?q=DC+Rewari"
    yield "post", "visitor", reverse("officials:post", args=[POST])
    yield "services", "visitor", reverse("officials:services")
    yield "promise", "visitor", reverse("appointments:promise")
    yield "draws", "visitor", reverse("appointments:draws")
    yield "track", "visitor", reverse("appointments:track")
    yield "plasma", "visitor", reverse("plasma:home")
    yield "hall", "visitor", reverse("kendras:hall", args=[FIRST])
    yield "privacy", "visitor", reverse("pages:privacy")
    yield "my appointments", "citizen", reverse("appointments:list")
    yield "one appointment", "citizen", reverse("appointments:detail", args=[row.reference])
    yield "choose a time", "citizen", reverse("appointments:new", args=[POST])
    yield "household", "citizen", reverse("accounts:household")
    yield "admin", "office", reverse("admin:index")
    yield "requests", "office", reverse("admin:appointments_request_changelist")
    yield "request", "office", reverse("admin:appointments_request_change", args=[row.reference])
    yield "diary", "office", reverse("admin:appointments_diary")
    yield "agenda", "office", reverse("admin:appointments_agenda")
    yield "meetings", "office", reverse("meetings:day")
    yield "reports", "reports", reverse("admin:appointments_reports")
    yield "state's files", "reports", reverse("eoffice:state-report", args=["onboarding"])
    yield "counter", "operator", reverse("kendras:counter", args=[FIRST])
    yield "counter today", "operator", reverse("kendras:today", args=[FIRST])
    yield "counter bookings", "operator", reverse("kendras:bookings", args=[FIRST])
    yield "district", "district", reverse("kendras:district", args=["REW"])
    yield "inbox", "clerk", reverse("eoffice:inbox", args=[DESK])
    yield "sent", "clerk", reverse("eoffice:sent", args=[DESK])
    yield "file", "clerk", reverse("eoffice:file", args=[DESK, _file()])
    yield "new receipt", "clerk", reverse("eoffice:new-receipt", args=[DESK])
    yield "registers", "clerk", reverse("eoffice:registers", args=[DESK])
    yield "pendency", "clerk", reverse("eoffice:desk-report", args=[DESK, "pendency"])
    bank = Bank.objects.get(code="GGM")
    yield "bank", "bank", reverse("plasma:bank", args=[bank.code])
    campaign = Campaign.objects.order_by("pk").first()
    yield "campaigns", "campaigns", reverse("admin:plasma_campaign_changelist")
    if campaign is not None:
        yield (
            "campaign",
            "campaigns",
            reverse("admin:plasma_campaign_progress", args=[campaign.pk]),
        )
    yield "posts", "setup", reverse("admin:officials_post_changelist")
    yield "kendras", "setup", reverse("admin:kendras_kendra_changelist")
    yield "messages", "messages", reverse("admin:notifications_message_changelist")
    yield "watching", "messages", reverse("admin:watching")
    yield "audit", "auditor", reverse("admin:audit_entry_changelist")


def _file() -> int:
    """Return a file that lies at the clerk's desk."""
    held = Holding.objects.open().filter(desk__post__code=DESK, item__kind=Item.Kind.FILE)
    return held.order_by("item_id").values_list("item_id", flat=True)[0]
