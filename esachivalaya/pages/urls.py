"""Home, the footer's pages, the guides, and the gallery of components in the demo."""

from django.urls import include, path

from esachivalaya.pages import views

PROSE = ["how-it-works", "help", "terms", "privacy", "accessibility", "grievance-officer"]

pages = [
    *[path(f"{slug}/", views.prose, {"slug": slug}, name=slug) for slug in PROSE],
    path("site-map/", views.site_map, name="site-map"),
    path("feedback/", views.feedback, name="feedback"),
    path("feedback/thanks/", views.feedback_thanks, name="feedback-thanks"),
    path("guide/<slug:slug>/", views.guide_page, name="guide"),
    path("gallery/", views.gallery, name="gallery"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("", include((pages, "pages"))),
]
