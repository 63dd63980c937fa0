"""Opening and sending the pages of the admin as a browser does."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from esachivalaya.common import clock


def page(name: str, kind: str, *args: object) -> str:
    return reverse(f"admin:officials_{name}_{kind}", args=args)


def hidden(response: Any) -> dict[str, str]:
    """The hidden fields and chosen values that a form was shown with."""
    form = response.context["adminform"].form
    return {
        name: value
        for name in form.fields
        if (value := form[name].value()) is not None and name in ("form_key", "shown")
    }


def send(client: Client, address: str, **values: Any) -> Any:
    """Open the page and send its form with ``values``, as a browser does."""
    shown = hidden(client.get(address))
    return client.post(address, {**shown, **inline_counts(client, address), **values})


def inline_counts(client: Client, address: str) -> dict[str, str]:
    text = client.get(address).content.decode()
    return dict(re.findall(r'name="(\w+-(?:TOTAL|INITIAL)_FORMS)" value="(\d+)"', text))


def moment(when: Any, name: str) -> dict[str, str]:
    local = when.astimezone(clock.IST)
    return {f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M:%S}"}
