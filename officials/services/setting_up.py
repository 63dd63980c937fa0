"""Setting up districts, departments, sections and posts."""

from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import clock
from esachivalaya.common.constraints import Refusal, friendly_constraints
from esachivalaya.common.registry import Dealing
from esachivalaya.common.retry import on_deadlock
from officials.chains import circles
from officials.models import Department, District, Post, Section, Service
from officials.permissions import sets_up
from officials.search import words_of, words_of_service
from officials.services.diary import deal_with_bookings_of
from officials.services.records import difference, lock_post, record_on_post, values_of

SetUpRow = TypeVar("SetUpRow", District, Department, Section, Service)


@on_deadlock
@transaction.atomic
def save_post(*, post: Post, by: User, dealing: Dealing | None = None) -> Post:
    """Save a new or changed post, with its words for the search.

    Only who sets posts up does this. Superiors, hand-downs and successors never run in a circle. A
    change that takes a booking's place away (fewer meetings at once, no longer to be met) deals
    with each as ``dealing`` says, or is refused with what is left. A change of name moves nothing.
    Recorded on the post with the values before.
    """
    _only_set_up(by)
    before = lock_post(post.pk) if post.pk else None
    post.search_words = words_of(post)
    with friendly_constraints():
        post.save()
    _refuse_circles(post)
    changes = difference(values_of(before) if before else {}, values_of(post))
    if before is not None and not changes:
        return post
    act = "post_changed" if before else "post_added"
    record_on_post(post, act, at=clock.now(), by=by, data={"changes": changes})
    if before is not None and (post.places < before.places or (before.active and not post.active)):
        deal_with_bookings_of(post, by=by, dealing=dealing)
    return post


@transaction.atomic
def save_set_up(*, row: SetUpRow, by: User) -> SetUpRow:
    """Save a district, department, section or service.

    Posts and services are found by its new name at once. Only who sets the portal up does this; the
    values before and after stand in its record.
    """
    _only_set_up(by)
    model = type(row)
    stored = (
        model._default_manager.select_for_update(no_key=True).filter(pk=row.pk).first()
        if row.pk
        else None
    )
    if isinstance(row, Service):
        row.search_words = words_of_service(row)
    with friendly_constraints():
        row.save()
    changes = difference(values_of(stored) if stored else {}, values_of(row))
    if stored is not None and not changes:
        return row
    act = f"{model._meta.model_name}_{'changed' if stored else 'added'}"
    at = clock.now()
    record(row, act, at=at, by=by, data={"changes": changes}, new=stored is None)
    if stored is not None:
        refresh_words(row)
    return row


@transaction.atomic
def remove_section(*, section: Section, by: User) -> None:
    """Remove a section that nothing refers to."""
    _only_set_up(by)
    record(section, "section_removed", at=clock.now(), by=by, data={"was": values_of(section)})
    with friendly_constraints():
        section.delete()


def refresh_words(row: District | Department | Section | Service) -> None:
    """Renew the search words of posts and services whose district or department was renamed."""
    if isinstance(row, Section | Service):
        return
    concerned = Q(district=row) if isinstance(row, District) else Q(department=row)
    posts = list(
        Post.objects.filter(concerned).select_related("department", "district").order_by("pk")
    )
    for post in posts:
        post.search_words = words_of(post)
    Post.objects.bulk_update(posts, ["search_words"], batch_size=500)
    if isinstance(row, Department):
        services = list(row.services.select_related("department").order_by("pk"))
        for service in services:
            service.search_words = words_of_service(service)
        Service.objects.bulk_update(services, ["search_words"], batch_size=500)


def _only_set_up(by: User) -> None:
    if not sets_up(by):
        raise PermissionDenied("Only who sets the portal up does this.")


def _refuse_circles(post: Post) -> None:
    for field, words in (
        ("reports_to", _("In a circle, each reports to the next: %(circle)s.")),
        ("hand_down_to", _("In a circle, each hands down to the next: %(circle)s.")),
        ("succeeded_by", _("In a circle, each is replaced by the next: %(circle)s.")),
    ):
        for circle in circles(field):
            if post.code in circle:
                raise Refusal(words % {"circle": " → ".join(circle)}, field=field)
