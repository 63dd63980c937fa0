"""Addresses of e-Office: drafts on a file, the dispatch desk, certificates."""

from django.urls import URLPattern, path

from eoffice.views import dispatch, drafts, drafts_dispatch, drafts_new

DRAFT = "<slug:desk>/files/<int:pk>/drafts/<int:number>/"

urlpatterns: list[URLPattern] = [
    path("letters/<str:token>/", drafts_dispatch.by_link, name="letter-by-link"),
    path("<slug:desk>/files/<int:pk>/drafts/new/", drafts_new.new, name="new-draft"),
    path(DRAFT, drafts.draft, name="draft"),
    path(f"{DRAFT}letter.pdf", drafts.letter, name="draft-letter"),
    path(f"{DRAFT}readers/", drafts_new.readers, name="draft-readers"),
    path(f"{DRAFT}do/<slug:name>/", drafts.act, name="draft-act"),
    path("<slug:desk>/dispatch/", dispatch.desk, name="dispatch"),
    path("<slug:desk>/dispatch/posted/", dispatch.posted, name="dispatch-posted"),
    path("<slug:desk>/dispatch/<int:pk>/letter.pdf", dispatch.letter, name="dispatch-letter"),
    path("<slug:desk>/dispatch/<int:pk>/do/<slug:name>/", dispatch.act, name="dispatch-act"),
    path("<slug:desk>/certificate/", drafts_dispatch.certificate, name="certificate"),
]
