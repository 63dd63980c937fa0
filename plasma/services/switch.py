"""The one central switch: while it is off no appeal goes out and no campaign starts."""

from plasma.models import OutreachSwitch


def is_on() -> bool:
    """Whether people are asked at all at present."""
    found = OutreachSwitch.objects.values_list("on", flat=True).first()
    return True if found is None else found


def shown() -> OutreachSwitch:
    """Return the switch as it stands, for pages."""
    return OutreachSwitch.objects.select_related("changed_by").first() or OutreachSwitch()


def locked() -> OutreachSwitch:
    """Return the switch, locked, so that nothing begins while it is being turned off."""
    OutreachSwitch.objects.bulk_create([OutreachSwitch()], ignore_conflicts=True)
    return OutreachSwitch.objects.select_for_update(of=("self",)).get()
