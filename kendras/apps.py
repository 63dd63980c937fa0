from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from esachivalaya.common import registry


class KendrasConfig(AppConfig):
    name = "kendras"
    verbose_name = _("Kendras")

    def ready(self) -> None:
        """Tell the counters of what happens elsewhere, and staff of Kendras where they work."""
        # They read models, which are loaded only now.
        from kendras import on_requests, permissions
        from kendras.own_desk import own_desk
        from kendras.services import notices, own_data, seat_follows, tokens

        registry.own_desk.add(own_desk)
        registry.duties.add(permissions.duties)
        registry.old_rows.add(tokens.forget_counters)
        registry.held_of.add(own_data.of_citizen)
        registry.running_late.add(notices.office_runs_late)
        registry.confirmed.add_for_many(seat_follows.confirmed, seat_follows.all_confirmed)
        for changed in (registry.moved, registry.cancelled, registry.changed_while_waiting):
            changed.add_for_many(seat_follows.follow, seat_follows.follow_all)
        registry.timeline_entries.add(on_requests.timeline)
