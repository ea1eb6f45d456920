"""Sign in and out, join by invitation, and one's own account: password, second factor, browsers, language."""

from fastapi import Response

from bot.admin.page_call import Call
from bot.admin.second_factor import picture
from bot.admin.staff_accounts import (
    change_own_password,
    choose_language,
    drop_second_factor,
    keep_second_factor,
    start_second_factor,
)
from bot.admin.staff_invitations import accept, open_invitation
from bot.admin.staff_sessions import LONGEST, end_session, let_go_of_old_sessions, sessions_of
from bot.errors import Refusal

COOKIE = "qihui_staff"
LANGUAGE_COOKIE = "qihui_staff_language"


def sign_in_page(call: Call) -> Response:
    """The form; straight on for someone who is signed in."""
    return call.go("/") if call.staff else call.show("sign_in.html")


def sign_in(call: Call) -> Response:
    """Let someone in."""
    form = call.form
    with call.transaction() as session:
        signed_in = call.house.door.sign_in(
            session,
            form.get("login", ""),
            form.get("password", ""),
            form.get("code", ""),
            call.address,
            call.agent,
            call.now,
        )
        let_go_of_old_sessions(session, call.now)
    response = call.go("/")
    response.set_cookie(
        COOKIE,
        signed_in.token,
        max_age=int(LONGEST.total_seconds()),
        path="/admin",
        httponly=True,
        samesite="strict",
        secure=call.secure,
    )
    return response


def sign_out(call: Call) -> Response:
    """End this browser's session."""
    with call.transaction() as session:
        end_session(session, call.session_hash, call.person.id, call.now)
    response = call.go("/sign-in", "signed_out")
    response.delete_cookie(COOKIE, path="/admin")
    return response


def language(call: Call) -> Response:
    """Show the pages in the other language."""
    chosen = "en" if call.form.get("language") == "en" else "zh"
    if call.staff is not None:
        with call.transaction() as session:
            choose_language(session, call.staff.id, "en" if chosen == "en" else "zh")
    back = call.form.get("back", "/")
    response = call.go(back if back.startswith("/") and not back.startswith("//") else "/")
    response.set_cookie(LANGUAGE_COOKIE, chosen, path="/admin", httponly=True, samesite="strict", secure=call.secure)
    return response


def join_page(call: Call) -> Response:
    """What an invitation leads to."""
    try:
        with call.transaction() as session:
            invitation = open_invitation(session, call.path["code"], call.by)
    except Refusal as refusal:
        return call.show("told.html", 404, sentence=call.w(refusal.phrase))
    return call.show("join.html", name=invitation.name, role=invitation.role)


def join(call: Call) -> Response:
    """Become staff; then sign in as usual."""
    form = call.form
    with call.transaction() as session:
        accept(
            session,
            call.path["code"],
            call.by,
            form.get("login", ""),
            form.get("password", ""),
            form.get("again", ""),
        )
    return call.go("/sign-in", "joined")


def account_page(call: Call) -> Response:
    """Everything about oneself."""
    with call.reading() as session:
        browsers = sessions_of(session, call.person.id, call.now)
    return call.show("account.html", browsers=browsers)


def change_password(call: Call) -> Response:
    """A new password; signs out everywhere."""
    form = call.form
    with call.transaction() as session:
        change_own_password(
            session, call.by, call.person.id, form.get("old", ""), form.get("new", ""), form.get("again", "")
        )
    return call.go("/sign-in", "password_changed")


def second_factor_page(call: Call) -> Response:
    """A fresh secret as a picture and as text."""
    secret = call.form.get("secret") or start_second_factor()
    return call.show("second_factor.html", secret=secret, picture=picture(secret, call.person.login))


def second_factor(call: Call) -> Response:
    """Ask for codes from now on."""
    with call.transaction() as session:
        keep_second_factor(
            session,
            call.by,
            call.person.id,
            call.house.keys,
            call.form.get("secret", ""),
            call.form.get("code", ""),
        )
    return call.go("/account", "second_factor_on")


def second_factor_off(call: Call) -> Response:
    """Ask for the password alone again."""
    with call.transaction() as session:
        drop_second_factor(session, call.by, call.person.id, call.form.get("password", ""))
    return call.go("/account", "second_factor_off")


def end_browser(call: Call) -> Response:
    """Sign out another browser of one's own."""
    with call.transaction() as session:
        end_session(session, call.form.get("browser", ""), call.person.id, call.now)
    return call.go("/account", "browser_ended")
