"""The office answers in the Django admin: desk, list, one request's page, diary."""

from appointments.admin.categories import CategoryAdmin
from appointments.admin.draws import DrawAdmin
from appointments.admin.help_desk import NumberChangeAdmin
from appointments.admin.requests import RequestAdmin

__all__ = ["CategoryAdmin", "DrawAdmin", "NumberChangeAdmin", "RequestAdmin"]
