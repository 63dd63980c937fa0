"""Addresses under /accounts/."""

from django.urls import path

from esachivalaya.accounts.views import (
    citizens,
    email_proof,
    households,
    invitations,
    leaving,
    nominees,
    numbers,
    own_data,
    proving,
    sessions,
    staff,
)

app_name = "accounts"
urlpatterns = [
    path("sign-in/", citizens.citizen_sign_in, name="sign-in"),
    path("sign-in/code/", citizens.sign_in_code, name="sign-in-code"),
    path("sign-in/code/again/", citizens.resend_code, name="resend-code"),
    path("sign-in/name/", citizens.one_of_us, name="one-of-us"),
    path("sign-in/anew/", citizens.start_anew, name="start-anew"),
    path("sign-out/", sessions.sign_out, name="sign-out"),
    path("language/", households.language, name="language"),
    path("household/", households.household, name="household"),
    path("household/first/", households.first_person, name="first-person"),
    path("household/add/", households.add_person, name="add-person"),
    path("household/number/", numbers.new_number, name="new-number"),
    path("household/number/code/", numbers.new_number_code, name="new-number-code"),
    path("household/<int:pk>/leave/", leaving.leave, name="leave"),
    path("household/<int:pk>/leave/code/", leaving.leave_code, name="leave-code"),
    path("household/<int:pk>/data/", own_data.my_data, name="my-data"),
    path("household/<int:pk>/data/file/", own_data.my_data_file, name="my-data-file"),
    path("household/<int:pk>/nominee/", nominees.nominee, name="nominee"),
    path(
        "household/<int:pk>/nominee/take-back/",
        nominees.take_back_nominee,
        name="take-back-nominee",
    ),
    path("household/<int:pk>/erase/", own_data.erase, name="erase"),
    path("household/<int:pk>/email/", email_proof.send_email_link, name="send-email-link"),
    path("n/done/", numbers.refused_number, name="refused-number"),
    path("n/<str:token>/", numbers.refuse_number, name="refuse-number"),
    path("email/<str:token>/", email_proof.prove_email, name="prove-email"),
    path("household/<int:pk>/", households.correct_person, name="correct-person"),
    path("staff/", staff.staff_sign_in, name="staff-sign-in"),
    path("staff/code/", staff.staff_code, name="staff-code"),
    path("staff/recovery/", staff.staff_recovery, name="staff-recovery"),
    path("prove-again/", proving.prove_again, name="prove-again"),
    path("invitation/<str:token>/", invitations.invitation, name="invitation"),
    path("invitation/<str:token>/app/", invitations.invitation_app, name="invitation-app"),
    path("sessions/", sessions.sessions, name="sessions"),
    path("sessions/elsewhere/", sessions.sign_out_elsewhere, name="sign-out-elsewhere"),
    path("password/", sessions.password, name="password"),
    path("recovery-codes/", sessions.recovery_codes, name="recovery-codes"),
]
