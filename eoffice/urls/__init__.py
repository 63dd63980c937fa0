"""The addresses of e-Office, all under /eoffice/; those of one desk begin with its code."""

from eoffice.urls import boxes, drafts, files, receipts, reports, trust

app_name = "eoffice"
# Boxes last: its addresses are the shortest, and the desk's code takes any word.
urlpatterns = [
    *reports.urlpatterns,
    *receipts.urlpatterns,
    *files.urlpatterns,
    *drafts.urlpatterns,
    *trust.urlpatterns,
    *boxes.urlpatterns,
]
