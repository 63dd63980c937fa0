"""Model fields whose rule stands in the database as well."""

from typing import Any

from django.db import models


def _constrain(field: "models.Field[Any, Any]", model: type[models.Model]) -> None:
    """Give ``model`` a CheckConstraint that holds ``field`` to its choices.

    It is an ordinary constraint of the model, so that migrations see it and change it with the
    list. A model as migrations remember it ("__fake__") gets it from them.
    """
    options = model._meta
    name = f"{options.app_label}_{options.model_name}_{field.name}_choices"
    if options.abstract or model.__module__ == "__fake__":
        return
    values = [value for value, _label in field.flatchoices]
    if field.blank and field.empty_strings_allowed and "" not in values:
        values.append("")
    condition = models.Q(**{f"{field.name}__in": [field.get_prep_value(v) for v in values]})
    constraint = models.CheckConstraint(condition=condition, name=name)
    options.constraints = [*options.constraints, constraint]
    options.original_attrs["constraints"] = options.constraints


class ChoiceField(models.CharField):  # type: ignore[type-arg]
    """A word out of a closed list, held by a CheckConstraint; empty only where ``blank``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        super().__init__(*args, **kwargs)

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        super().contribute_to_class(cls, name, private_only)
        _constrain(self, cls)


class SmallChoiceField(models.PositiveSmallIntegerField):  # type: ignore[type-arg]
    """A number out of a closed list (a weekday), held by a CheckConstraint."""

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        super().contribute_to_class(cls, name, private_only)
        _constrain(self, cls)
