"""Addresses of e-Office: the page of a file, its note, its dialogs, its label."""

from django.urls import URLPattern, path

from eoffice.views import files, files_acts, files_asking, files_deciding, files_notes, questions

FILE = "<slug:desk>/files/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path("label/<int:pk>/", files.by_label, name="file-by-label"),
    path("<slug:desk>/files/new/", files.new_file, name="new-file"),
    path("<slug:desk>/files/old/", files.old_file, name="old-file"),
    path("<slug:desk>/notes/converted/", files_notes.converted, name="note-converted"),
    path(FILE, files.file, name="file"),
    path(f"{FILE}note/", files_notes.note, name="note"),
    path(f"{FILE}note/<int:number>/yellow/", files_notes.take_back, name="note-yellow"),
    path(f"{FILE}flags/", files_notes.flag, name="note-flag"),
    path(f"{FILE}history/", files.history, name="file-history"),
    path(f"{FILE}print/", files.reading, name="file-print"),
    path(f"{FILE}label/", files.label, name="file-label"),
    path(f"{FILE}label/qr.svg", files.label_qr, name="file-label-qr"),
    path(f"{FILE}papers/<int:number>/<int:position>/", files.paper, name="file-paper"),
    path(f"{FILE}ask/", files_asking.ask, name="ask"),
    path(f"{FILE}ask/<int:number>/withdraw/", files_asking.withdraw, name="question-withdraw"),
    path(f"{FILE}decision/", files_deciding.decision, name="decision"),
    path(f"{FILE}decision/card/", files_deciding.card, name="decision-card"),
    path("<slug:desk>/questions/", questions.questions, name="questions"),
    path("<slug:desk>/questions/<int:pk>/", questions.question, name="question"),
    path(
        "<slug:desk>/questions/<int:pk>/papers/<int:number>/<int:position>/",
        questions.paper,
        name="question-paper",
    ),
    path(f"{FILE}do/<slug:name>/", files_acts.act, name="file-act"),
]
