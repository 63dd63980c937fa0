"""e-Sachivalaya: the portal on which a State's people meet their government without travelling."""

from esachivalaya.celery import app as celery_app

__all__ = ["celery_app"]
