"""An announcement on its way: test, start, second person, pause, resume, cancel. How many it reaches is agreed to first."""

from datetime import datetime

from fastapi import Response

from bot.admin.announcement_list import audience_of, staff_chats
from bot.admin.confirmation import Asked, agreed, ask, was_asked
from bot.admin.page_call import Call
from bot.audit_log import note_change_by
from bot.errors import Refusal
from bot.outreach.announcement import Announcement
from bot.outreach.announcement_recipients import tally
from bot.outreach.announcement_rows import AnnouncementRow
from bot.outreach.announcements import cancel, confirm, pause, resume, send_test, start, the_announcement


def testing_step(call: Call) -> Response:
    """Send it to the staff's own chats."""
    with call.transaction() as session:
        one = the_announcement(session, call.path["announcement_id"])
        chats = staff_chats(session)
        if was_asked(call) and agreed(call, len(chats)):
            send_test(session, call.house.keys, one.id, chats, call.now)
            note_change_by(session, call.by, "announcements.test", one.id)
            return call.go(f"/announcements/{one.id}", "announcement_test")
    if not chats:
        raise Refusal("announce.no_staff_chats")
    return _ask(call, one, "test", len(chats))


def start_page(call: Call) -> Response:
    """How many it reaches now, and when to begin."""
    one = _one(call)
    counted = audience_of(call, one)
    size = counted.seen.size
    if size == 0:
        raise Refusal("announce.reaches_nobody")
    alone = size <= call.house.alone_to
    return call.show(
        "announcement_start.html",
        one=one,
        size=size,
        alone=alone,
        at=call.form.get("at", ""),
        counted_at=call.day(counted.counted_at),
    )


def start_it(call: Call) -> Response:
    """Begin now or later; many recipients wait for a second person."""
    one = _one(call)
    size = audience_of(call, one, anew=True).seen.size
    if not agreed(call, size):
        call.refused = call.w("confirm.more_now", people=size)
        return start_page(call)
    with call.transaction() as session:
        after = start(
            session, one.id, call.person.login, size, call.house.alone_to, call.now, _at(call, call.form.get("at", ""))
        )
        note_change_by(
            session, call.by, "announcements.start", one.id, {"state": one.state}, {"state": after.state, "size": size}
        )
    waits = after.state == "awaiting_second_person"
    return call.go(f"/announcements/{one.id}", "announcement_waits" if waits else "announcement_start")


def confirm_step(call: Call) -> Response:
    """The second person agrees to what another began."""
    one = _one(call)
    if one.state != "awaiting_second_person":
        raise Refusal("announce.not_waiting")
    size = audience_of(call, one, anew=was_asked(call)).seen.size
    if not (was_asked(call) and agreed(call, size)):
        return _ask(call, one, "confirm", size)
    with call.transaction() as session:
        after = confirm(session, one.id, call.person.login, size, call.now)
        note_change_by(
            session,
            call.by,
            "announcements.confirm",
            one.id,
            {"state": one.state},
            {"state": after.state, "size": size},
        )
    return call.go(f"/announcements/{one.id}", "announcement_start")


def pause_it(call: Call) -> Response:
    """Send nothing more for now."""
    with call.transaction() as session:
        why = " ".join(call.form.get("why", "").split())[:80]
        one = pause(session, call.path["announcement_id"], call.person.login, call.now, why)
        note_change_by(session, call.by, "announcements.pause", one.id, reason=why)
    return call.go(f"/announcements/{one.id}", "announcement_pause")


def resume_step(call: Call) -> Response:
    """Go on with those who are left."""
    with call.transaction() as session:
        one = the_announcement(session, call.path["announcement_id"])
        left = tally(session, session.get_one(AnnouncementRow, one.id)).open
        if was_asked(call) and agreed(call, left):
            resume(session, one.id, call.now)
            note_change_by(session, call.by, "announcements.resume", one.id)
            return call.go(f"/announcements/{one.id}", "announcement_resume")
    return _ask(call, one, "resume", left)


def cancel_step(call: Call) -> Response:
    """Never send it to anyone from now on."""
    with call.transaction() as session:
        one = the_announcement(session, call.path["announcement_id"])
        left = tally(session, session.get_one(AnnouncementRow, one.id)).open
        if was_asked(call) and agreed(call, left):
            cancel(session, one.id, call.now)
            note_change_by(
                session, call.by, "announcements.cancel", one.id, {"state": one.state}, {"state": "cancelled"}
            )
            return call.go(f"/announcements/{one.id}", "announcement_cancel")
    return _ask(call, one, "cancel", left, danger=True)


def _ask(call: Call, one: Announcement, name: str, people: int, *, danger: bool = False) -> Response:
    path = f"/announcements/{one.id}"
    facts = tuple((call.w(f"announcement.text_{language}"), one.texts[language]) for language in ("zh", "en"))
    asked = Asked(
        title=f"announcement.{name}",
        lead=f"announcement.{name}_tells",
        button=f"announcement.{name}_agree",
        about=one.texts[call.language].splitlines()[0][:40],
        path=f"{path}/{name}",
        back=path,
        people=people,
        facts=facts,
        danger=danger,
    )
    return ask(call, asked)


def _one(call: Call) -> Announcement:
    with call.reading() as session:
        return the_announcement(session, call.path["announcement_id"])


def _at(call: Call, written: str) -> datetime | None:
    if not written:
        return None
    try:
        return datetime.fromisoformat(written).replace(tzinfo=call.house.clock.zone)
    except ValueError as error:
        raise Refusal("refused.instant") from error
