from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from esachivalaya.common import registry


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        """Tell the apps below what charges permit here and what stands on the desk."""
        # Both read models, which are loaded only now.
        from appointments import drafts, readiness
        from appointments.admin import meeting_desk
        from appointments.admin.desk import desk
        from appointments.permissions import duties
        from appointments.services import (
            draw_days,
            links,
            matters,
            own_data,
            reminders,
            texts,
            unrecorded,
        )
        from appointments.services.diary_changes import standing_on_closed_time
        from appointments.telephone import line, words

        registry.duties.add(duties)
        registry.desk.add(desk)
        registry.desk.add(meeting_desk.desk)
        registry.diary_changing.add(standing_on_closed_time)
        registry.diary_notes.add(draw_days.notes)
        registry.matters.add(matters.of_citizen)
        registry.reached_anew.add(matters.end_links)
        registry.held_of.add(own_data.of_citizen)
        registry.erased.add(own_data.erase_citizen)
        registry.active_since.add(matters.active_since)
        registry.old_rows_apart.add(own_data.forget_old_words)
        registry.readiness.add(readiness.promise)
        registry.measures.add(readiness.oldest_past_due)
        registry.old_rows.add(drafts.remove_old)
        registry.old_rows.add(links.remove_old)
        registry.old_rows.add(line.remove_old)
        registry.confirmed.add_for_many(reminders.write, reminders.write_all)
        registry.moved.add_for_many(reminders.move, reminders.move_all)
        registry.confirmed.add_for_many(unrecorded.schedule, unrecorded.schedule_all)
        registry.moved.add_for_many(unrecorded.schedule, unrecorded.schedule_all)
        registry.cancelled.add_for_many(reminders.cancel, reminders.cancel_all)
        registry.telephone.add(words.of_request)
        registry.text_answers.add(texts.answer)
