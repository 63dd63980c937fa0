"""The figures in Prometheus' words, for those inside."""

import os
from collections.abc import Iterator

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from esachivalaya.common.inside import asked_from_inside
from esachivalaya.watching.figures import kept


class Figures(Collector):
    """What the database says. It is one for all workers, so it is read, never added up."""

    def collect(self) -> Iterator[Metric]:
        for figure in kept.told():
            family = GaugeMetricFamily(figure.name, figure.words, labels=figure.labels)
            for labels, value in figure.values.items():
                family.add_metric(labels, value)
            yield family


@never_cache
@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Tell all figures; to whoever is not inside, there is nothing here."""
    if not asked_from_inside(request):
        raise Http404
    return HttpResponse(told(), content_type=CONTENT_TYPE_LATEST)


def told() -> bytes:
    """Return what all workers counted, and what the database says now."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        everything = CollectorRegistry()
        everything.register(REGISTRY)
        everything.register(Figures())
        return generate_latest(everything)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(Figures())
    return generate_latest(registry)
