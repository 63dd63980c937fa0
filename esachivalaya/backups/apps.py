from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "esachivalaya.backups"
    label = "backups"
