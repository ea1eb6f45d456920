"""The family's side of the door: the code of a booking, to show or to say. Button `pass:<booking>`."""

from sqlmodel import Session

from bot.errors import Refusal
from bot.events.door import pass_for
from bot.events.event_rows import BookingRow, EventRow
from bot.events.pass_code import picture, shown
from bot.families.membership import memberships
from bot.flow import Flow, Step, Turn, Visit
from bot.messages import Attachment, Reply, Say

NAME = "pass"


def pass_flow() -> Flow:
    """The flow as a value; every button stands for itself."""
    return Flow(NAME, press=_press)


def _press(visit: Visit, _step: Step | None, booking_id: str) -> Turn:
    row = visit.session.get(BookingRow, booking_id)
    if row is None or row.family_id not in {one.family_id for one in memberships(visit)}:
        raise Refusal("door.not_yours")
    if row.state != "confirmed":
        raise Refusal("door.not_confirmed")
    code = pass_for(visit.session, row.id)
    title = _title(visit.session, row, visit.language)
    lines = (Say("door.pass", {"title": title}, "title"), Say("door.pass_code", {"code": shown(code)}))
    return Turn(Reply(lines, attachment=Attachment(f"qihui-{shown(code)}.png", "image/png", picture(code))))


def _title(session: Session, row: BookingRow, language: str) -> str:
    event = session.get(EventRow, row.event_id)
    if event is None:
        raise Refusal("door.not_yours")
    return event.title_en if language == "en" and event.title_en else event.title_zh
