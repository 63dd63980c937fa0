"""The table of personal data as docs/privacy.md holds it."""

from django.utils import translation

from esachivalaya.pages.personal_data import TABLE

HEAD = ("What", "What for", "How long", "Who sees it", "Ended by", "Where it stands")


def as_markdown() -> str:
    """Return the table in English, with the fields and what ends each kind."""
    rows = [HEAD, tuple("---" for _column in HEAD)]
    with translation.override("en"):
        for kept in TABLE:
            where = "; ".join(
                f"`{model}`: {', '.join(names.split())}" for model, names in kept.fields.items()
            )
            told = (kept.what, kept.why, kept.how_long, kept.who)
            rows.append((*(str(words) for words in told), kept.ends, where))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
