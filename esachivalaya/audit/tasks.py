"""The daily seal."""

from celery import shared_task

from esachivalaya.audit import anchors


@shared_task(name="audit.anchor")  # type: ignore[untyped-decorator]
def anchor() -> None:
    """Seal all chains, once a day however often it is asked."""
    anchors.seal_the_day()
