"""The acts of the record as a reader calls them. An act that is not listed stands as it is."""

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTS: dict[str, Any] = {
    # Requests
    "requested": _("asked for a meeting"),
    "reminded": _("the office was reminded"),
    "confirmed": _("meeting confirmed"),
    "confirmed_at_other_time": _("meeting confirmed at another time"),
    "offered": _("another time was offered"),
    "offer_accepted": _("the offered time was accepted"),
    "offer_refused": _("the offered time was refused"),
    "offer_lapsed": _("the offered time lapsed"),
    "moved": _("moved to another time"),
    "declined": _("declined by the office"),
    "withdrawn": _("withdrawn by the citizen"),
    "handed_over": _("handed to another office"),
    "handed_down": _("handed down by the 24-hour rule"),
    "allotted": _("time allotted by the 24-hour rule"),
    "released": _("released by the 24-hour rule"),
    "met": _("meeting held"),
    "missed_by_citizen": _("the citizen did not come"),
    "missed_by_office": _("the office could not come"),
    "cancelled_by_citizen": _("cancelled by the citizen"),
    "cancelled_by_office": _("cancelled by the office"),
    # Offices and their diaries
    "imported": _("loaded from a file"),
    "changed_by_import": _("changed by loading a file"),
    "charge_given": _("charge given"),
    "charge_ended": _("charge ended"),
    "charge_taken_back": _("charge taken back"),
    "hours_added": _("hours added"),
    "hours_changed": _("hours changed"),
    "hours_removed": _("hours removed"),
    "hoursexception_added": _("exception added"),
    "hoursexception_changed": _("exception changed"),
    "hoursexception_removed": _("exception removed"),
    "leave_added": _("leave entered"),
    "leave_changed": _("leave changed"),
    "leave_removed": _("leave removed"),
    "holiday_added": _("holiday added"),
    "holiday_changed": _("holiday changed"),
    "holiday_removed": _("holiday removed"),
    "post_added": _("post added"),
    "post_changed": _("post changed"),
    "district_added": _("district added"),
    "district_changed": _("district changed"),
    "department_added": _("department added"),
    "department_changed": _("department changed"),
    "section_added": _("section added"),
    "section_changed": _("section changed"),
    "section_removed": _("section removed"),
    "template_changed": _("words of a message changed"),
    # People who sign in
    "invited": _("invited"),
    "invited_again": _("invited again"),
    "invitation_withdrawn": _("invitation withdrawn"),
    "appointed_by_command": _("made by a command on the server"),
    "way_in_set": _("password and app set"),
    "signed_in": _("signed in"),
    "signed_out_elsewhere": _("signed out on other devices"),
    "password_changed": _("password changed"),
    "particulars_changed": _("particulars changed"),
    "recovery_code_used": _("recovery code used"),
    "recovery_codes_renewed": _("recovery codes made anew"),
    "reset": _("reset link sent"),
    "role_given": _("role given"),
    "role_taken": _("role taken away"),
    "account_closed": _("account closed"),
    "account_reopened": _("account opened again"),
    "household_made": _("household made"),
    "person_added": _("person added"),
    "name_corrected": _("name corrected"),
    "name_not_recognised": _("name not recognised"),
    "number_given_up": _("number given up"),
    "number_proved_by_name": _("number proved by name"),
    "sign_in_opened": _("sign-in opened"),
}


def act_words(act: str) -> str:
    """Return the act in the reader's language, or its name when nobody worded it yet."""
    return str(ACTS.get(act, act.replace("_", " ")))


# What was written down with an act.
DATA: dict[str, Any] = {
    "post": _("post"),
    "from": _("from post"),
    "to": _("to post"),
    "starts_at": _("time of the meeting"),
    "asked_starts_at": _("time asked for"),
    "due_at": _("answer due by"),
    "until": _("until"),
    "rung": _("which reminder"),
    "told": _("who was told (numbers of users)"),
    "changes": _("what changed"),
    "was": _("what stood before"),
    "reason": _("reason"),
    "words": _("words"),
    "role": _("role"),
    "kind": _("kind"),
    "sessions": _("sessions ended"),
    "left": _("codes left"),
    "purpose": _("purpose"),
}


def data_words(name: str) -> str:
    """Return what a value of an entry is called, or its own name."""
    return str(DATA.get(name, name.replace("_", " ")))
