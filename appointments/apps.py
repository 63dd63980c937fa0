from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from esachivalaya.common import registry


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        """Tell the apps below what charges permit here and what stands on the desk."""
        # Both read models, which are loaded only now.
        from appointments import drafts
        from appointments.admin.desk import desk
        from appointments.permissions import duties
        from appointments.services import links, reminders, texts
        from appointments.services.diary_changes import standing_on_closed_time
        from appointments.telephone import line, words

        registry.duties.add(duties)
        registry.desk.add(desk)
        registry.diary_changing.add(standing_on_closed_time)
        registry.old_rows.add(drafts.remove_old)
        registry.old_rows.add(links.remove_old)
        registry.old_rows.add(line.remove_old)
        registry.confirmed.add(reminders.write)
        registry.moved.add(reminders.move)
        registry.cancelled.add(reminders.cancel)
        registry.telephone.add(words.of_request)
        registry.text_answers.add(texts.answer)
