"""Mending the words of messages."""

from typing import Any

from django.db import transaction

from esachivalaya.audit import services as audit
from esachivalaya.common import clock
from esachivalaya.notifications import templates
from esachivalaya.notifications.models import MessageTemplate

WORDS = (
    "subject_en",
    "subject_hi",
    "body_en",
    "body_hi",
    "dlt_entity_id",
    "dlt_header",
    "dlt_template_id_en",
    "dlt_template_id_hi",
)


@transaction.atomic
def save_version(*, template: MessageTemplate, by: Any) -> MessageTemplate:
    """Write the words of ``template`` as the next version of its key and channel.

    The version that was read stays as it is, with the messages that were made from it. Words that
    cannot be filled are refused (ValidationError). Of two who change the same words at once the
    second waits and makes the version after. Words that did not change make none.
    """
    template.clean()
    newest: MessageTemplate = (
        MessageTemplate.objects.select_for_update()
        .filter(key=template.key, channel=template.channel)
        .latest("version")
    )
    changed = {
        name: getattr(template, name)
        for name in WORDS
        if getattr(template, name) != getattr(newest, name)
    }
    if not changed:
        return newest
    made = MessageTemplate(
        key=newest.key,
        channel=newest.channel,
        version=newest.version + 1,
        klass=newest.klass,
        **{name: getattr(template, name) for name in WORDS},
    )
    made.save(force_insert=True)
    audit.record(
        made, "template_changed", at=clock.now(), by=by, data={"changed": changed}, new=True
    )
    transaction.on_commit(templates.forget)
    return made
