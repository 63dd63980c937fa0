from django.db import migrations

from esachivalaya.common.append_only import AppendOnly, SealedWhen


class Migration(migrations.Migration):
    dependencies = [("eoffice", "0001_initial")]

    operations = [
        AppendOnly("eoffice_movement"),
        AppendOnly("eoffice_opening"),
        AppendOnly("eoffice_draftversion"),
        AppendOnly("eoffice_approval", may_change=("voided_at",)),
        AppendOnly("eoffice_issue"),
        AppendOnly("eoffice_printout"),
        AppendOnly("eoffice_enclosure"),
        AppendOnly("eoffice_correspondence", may_change=("removed_at",)),
        # How and when a letter came is never changed afterwards.
        AppendOnly(
            "eoffice_receipt", may_change=("location", "vip", "category", "correspondent_id")
        ),
        AppendOnly("eoffice_chargereport", may_change=("leaver_signed_at", "successor_signed_at")),
        # What was handed over stays as it was written; only its receipt is added.
        AppendOnly("eoffice_secretpaper", may_change=("received_at", "received_by_id")),
        SealedWhen("eoffice_note", "OLD.status IN ('sealed', 'discarded')"),
        SealedWhen("eoffice_flag", "OLD.sealed_at IS NOT NULL"),
        SealedWhen("eoffice_dispatch", "OLD.status IN ('delivered', 'returned', 'cancelled')"),
        # An answer, a silence, a decision: none of them is written anew.
        SealedWhen(
            "eoffice_question",
            "num_nonnulls(OLD.answered_at, OLD.silent_at, OLD.withdrawn_at) > 0",
        ),
        SealedWhen("eoffice_decisioncard", "OLD.decision <> ''"),
    ]
