from functools import partial

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from esachivalaya.common import registry


class MeetingsConfig(AppConfig):
    name = "meetings"
    verbose_name = _("Virtual meetings")

    def ready(self) -> None:
        """Give every confirmed appointment a room, and close it with what happens to it."""
        # They read models, which are loaded only now.
        from meetings import checks, desk, engines, on_requests
        from meetings.engines.jitsi import Jitsi
        from meetings.engines.peer import Peer
        from meetings.services import own_data, rooms

        for engine in (engines.register(Peer()), engines.register(Jitsi())):
            registry.readiness.add(partial(checks.readiness_of, engine))
        checks.register_all()

        registry.confirmed.add_for_many(rooms.appointment_confirmed, rooms.appointments_confirmed)
        registry.moved.add_for_many(rooms.appointment_moved, rooms.appointments_moved)
        registry.cancelled.add_for_many(rooms.appointment_cancelled, rooms.appointments_cancelled)
        registry.device_test.add(on_requests.test_page)
        registry.buttons.add(on_requests.buttons)
        registry.timeline_entries.add(on_requests.timeline)
        registry.desk.add(desk.desk)
        registry.held_of.add(own_data.of_citizen)
        registry.erased.add(own_data.erase_citizen)
        registry.words_forgotten.add_for_many(own_data.forget_of_one, own_data.forget_of_many)
