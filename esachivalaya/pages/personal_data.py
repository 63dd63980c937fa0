"""What the portal keeps of people: which fields, what for, how long, who sees it.

The one table behind the public privacy page and docs/privacy.md. A test holds it against the
models: a field that could hold something about a person and stands in none of these lists fails it,
so that nobody adds one without saying why it is kept and when it leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Kept:
    """One kind of personal data. ``ends`` names what ends it, for the documentation."""

    key: str
    what: Any
    why: Any
    how_long: Any
    who: Any
    ends: str
    fields: Mapping[str, str]


TABLE = (
    Kept(
        "person",
        _("Name, mobile number, and Family ID or e-mail if given"),
        _("To sign you in, to tell you the answer, and so that the office knows whom it meets"),
        _("Until you delete it, or three years after your household last used the portal"),
        _("You; the office you ask to meet; the Kendra at which you ask"),
        "accounts.services.erasing (own wish; hourly sweep)",
        {
            "accounts.Household": "phone phone_seen_at user",
            "accounts.Citizen": "household name given_name family_id email district_code",
            "accounts.NumberChange": "household old_phone new_phone reason",
        },
    ),
    Kept(
        "guardian",
        _("For a person under 18: the year of birth, and the guardian who agreed"),
        _("The law lets the portal act for a child only with the consent of a parent or guardian"),
        _("With the person's name"),
        _("You; the office you ask to meet"),
        "accounts.services.erasing",
        {
            "accounts.Citizen": "adult_from",
            "accounts.GuardianConsent": "citizen name relation phone",
        },
    ),
    Kept(
        "nominee",
        _("Whom you have named to act for you: name, relation, mobile number"),
        _("So that somebody can use your rights when you have died or cannot"),
        _("Until you take it back, or with your own name"),
        _("You; the help desk when somebody comes for you, without the number"),
        "accounts.services.nominees (own wish), accounts.services.erasing",
        {"accounts.Nominee": "citizen name relation phone"},
    ),
    Kept(
        "codes",
        _("Codes that were sent, and where you are signed in (kind of browser only)"),
        _("To let in only whoever has the number, and to show you your sign-ins"),
        _("Codes two days, sign-ins until they end (at most 12 hours without use)"),
        _("You; a code can be read by nobody"),
        "accounts.services.codes, accounts.services.retention (hourly sweep)",
        {
            "accounts.SignInCode": "phone subject address_digest network_digest",
            "accounts.SessionRecord": "user browser system",
            "sessions.Session": "session_data",
            "common.SentForm": "principal",
        },
    ),
    Kept(
        "requests",
        _("What you write, attach and ask for; who comes along; wishes in draws"),
        _("To prepare the meeting and to answer you"),
        _("Three years after the matter is over; deleted earlier if you wish"),
        _("You; the office you ask to meet, and one to which it hands the request"),
        "appointments.services.own_data (own wish; hourly sweep); drafts after their day",
        {
            "appointments.Request": (
                "citizen phone subject sought description words unsuitable_weekdays "
                "unsuitable_parts needs_interpreter needs_accessible_seat language"
            ),
            "appointments.Companion": "name relation phone",
            "appointments.Draft": "data",
            "appointments.Attachment": "name",
            "common.StoredFile": "file sha256",
            "appointments.Waiver": "citizen reason",
            "appointments.DrawWish": "citizen phone",
            "appointments.CallBack": "phone",
            "appointments.PhoneCall": "caller code answer",
        },
    ),
    Kept(
        "decisions",
        _("What the office answered and decided, and your rating"),
        _("The State must be able to show what it decided, and whether it was done"),
        _("Kept for good, without your name once you delete it"),
        _("You; the office; its superior"),
        "never: records of an office (Public Records Act 1993)",
        {
            "appointments.Outcome": "decision",
            "appointments.Action": "what words",
            "appointments.Bump": "words",
            "appointments.Rating": "words",
        },
    ),
    Kept(
        "meetings",
        _("Names in a meeting's room, and what is written there; no picture, no sound"),
        _("So that those in the room know who is there"),
        _(
            "What is written goes when the room closes; names three years after the matter is "
            "over, deleted earlier if you wish"
        ),
        _("Those in the room"),
        "meetings.services.rooms (closing), meetings.services.own_data (own wish; hourly sweep)",
        {
            "meetings.Seat": "name user",
            "meetings.ChatLine": "words",
            "meetings.Signal": "content",
            "meetings.Call": "guest_call_id office_call_id",
        },
    ),
    Kept(
        "kendras",
        _("At a Kendra: how you agreed (number or slip), and which operator acted for you"),
        _("To prove that you agreed; both names stay on the booking"),
        _("Kept for good, as the proof of your consent"),
        _("You; the operator; the district's office; auditors"),
        "never: proof of consent (section 6(10) of the Act)",
        {
            "kendras.Consent": "citizen phone serial_number witness",
            "kendras.AssistedBooking": "citizen",
            "kendras.Lookup": "phone_digest",
        },
    ),
    Kept(
        "messages",
        _("Numbers and words of messages; numbers that want no appeals"),
        _("To send them once, and to find out why one did not arrive"),
        _(
            "Words and numbers 90 days, a code's words as long as it is good; "
            "a refusal until it is lifted"
        ),
        _("You; whoever watches the messages, noting why"),
        "notifications.retention (hourly sweep)",
        {
            "notifications.Message": "to subject body language",
            "notifications.NumberMark": "address",
            "notifications.OptOut": "address",
            "notifications.InboundMessage": "sender_digest",
            "notifications.AnswerCount": "sender_digest",
        },
    ),
    Kept(
        "plasma",
        _(
            "Plasma donors: name, numbers, year of birth, district, blood group, day of recovery, "
            "visits to a bank; no answers to the health questions"
        ),
        _("To ask once whether you would give, and for the visit you choose"),
        _("Until you delete it, or until the day on which the list's data leave"),
        _("You; the bank you choose; officers who write for what they look. Never a hospital"),
        "plasma.services.erasing, plasma.services.retention (hourly sweep)",
        {
            "plasma.Donor": (
                "name given_name language year_of_birth district blood_group recovered_on "
                "not_before"
            ),
            "plasma.DonorPhone": "donor phone",
            "plasma.ErasedMark": "mark",
            "plasma.ConsentEntry": "donor wording",
            "plasma.Invitation": "donor phone",
            "plasma.Pledge": "donor",
            "plasma.Donation": "deferred_until reason certificate",
            "plasma.Proposal": "donor",
            "plasma.CohortImport": "content",
        },
    ),
    Kept(
        "files",
        _("Letters that came to an office, and its files: sender, address, what they say"),
        _(
            "To deal with them and to show later what was done, as the Manual of Office "
            "Procedure asks"
        ),
        _("As long as the class of the file says, then weeded or handed to the archives"),
        _("Those through whose hands the file goes; who opened it is written down"),
        "the record officer, by the State's schedule (Public Records Act 1993)",
        {
            "eoffice.Correspondent": (
                "name designation organisation address pin_code phone email search_words"
            ),
            "eoffice.Item": "subject words search_words search",
            "eoffice.Receipt": "sender letter_number letter_date location sameness",
            "eoffice.Enclosure": "name",
            "eoffice.PendingScan": "name",
            "eoffice.File": "description location",
            "eoffice.Holding": "parked_words action",
            "eoffice.Movement": "words payload",
            "eoffice.Question": "words answer",
            "eoffice.Note": "text signed_name signed_post",
            "eoffice.DecisionCard": "matter rule options money",
            "eoffice.Draft": "letterhead words",
            "eoffice.DraftVersion": "subject body",
            "eoffice.Issue": "signatory_name signatory_post",
            "eoffice.Dispatch": "to_address tracking proof words",
            "eoffice.ChargeReport": "rows",
            "eoffice.SavedView": "name query",
            "eoffice.Opening": "what",
        },
    ),
    Kept(
        "staff",
        _("Officers and staff: name, number, e-mail, charges, second factor"),
        _("So that only who holds a post acts for it, and everybody can see who that is"),
        _("As long as the record of what they did: for good"),
        _("Themselves; who appoints them; the public sees the name and the post"),
        "never: who held a post is a record; sign-ins that failed after a year",
        {
            "accounts.User": "name_en name_hi phone email username language",
            "otp_totp.TOTPDevice": "user key name",
            "otp_static.StaticDevice": "user name",
            "otp_static.StaticToken": "token",
            "officials.Leave": "reason",
            "eoffice.SigningCertificate": "subject issuer fingerprint sealed_key",
            "axes.AccessAttempt": (
                "user_agent ip_address username http_accept path_info get_data post_data"
            ),
            "axes.AccessFailureLog": "user_agent ip_address username http_accept path_info",
            "axes.AccessLog": "user_agent ip_address username http_accept path_info session_hash",
            "admin.LogEntry": "user object_id object_repr change_message",
        },
    ),
    Kept(
        "record",
        _("Who did what and when"),
        _("So that nobody can change a record unseen"),
        _("The act for good; the words about you go when you delete your data"),
        _("The office concerned; auditors"),
        "audit.services.forget_words",
        {"audit.Entry": "subject_id", "audit.Detail": "data"},
    ),
    Kept(
        "feedback",
        _("What you write about the portal, and how to reach you if you say so"),
        _("To mend the portal and to answer you"),
        _("One year"),
        _("Those who run the portal"),
        "pages.services.forget_old (hourly sweep)",
        {"pages.Feedback": "words contact"},
    ),
    Kept(
        "lists",
        _("Lists that an officer is loading, before they are taken over"),
        _("To show what would be taken over, and what is wrong in it"),
        _("One day"),
        _("The officer who loads them"),
        "common.pending_imports (hourly sweep)",
        {"common.PendingImport": "file_name content preview"},
    ),
)
