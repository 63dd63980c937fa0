"""Messages in the admin: the outbox and its state for those who watch it, and the words."""

from esachivalaya.notifications.admin.messages import MessageAdmin
from esachivalaya.notifications.admin.words import MessageTemplateAdmin

__all__ = ["MessageAdmin", "MessageTemplateAdmin"]
