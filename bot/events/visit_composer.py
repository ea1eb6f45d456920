"""Words a message about a home visit at the moment of sending, from the visit as it is then."""

from collections.abc import Callable
from datetime import datetime, tzinfo

from sqlmodel import Session

from bot.events.home_visits import HomeVisit, opened
from bot.events.visit_messages import agreed_to_events
from bot.events.visit_pages import status_lines, status_rows
from bot.events.visit_rows import HomeVisitRow
from bot.families.family_rows import ChildRow
from bot.flow import button
from bot.messages import Quote, Say
from bot.outreach.composing import Due, Part, Withhold
from bot.outreach.muting import choices_of
from bot.sealing import Keyring, place_of

_STATES = {"proposed": "proposed", "day_before": "confirmed", "soon": "confirmed"}


def visit_composer(keys: Keyring, zone: tzinfo) -> Callable[[Session, Due, datetime], Part | Withhold]:
    """The composer of the kind "visit"."""

    def compose(session: Session, due: Due, now: datetime) -> Part | Withhold:
        row = session.get(HomeVisitRow, due.subject.rpartition(":")[2])
        child = None if row is None else session.get(ChildRow, row.child_id)
        if row is None or child is None:
            return Withhold("erased")
        silence = choices_of(session, [(due.chat_key, child.id)])[due.chat_key, child.id]
        asked_at = row.asked_at if row.asked_by == due.chat_key else None  # whoever hears of it instead did not ask
        reason = silence.stopped_because(child.id, due.topic, asked_at)
        if reason is not None:
            return Withhold(reason)
        if not agreed_to_events(session, row.family_id):
            return Withhold("no_consent")
        rule = due.content.get("rule", "")
        if str(row.version) != due.content.get("version") or row.state != _STATES.get(rule, row.state):
            return Withhold("moved")
        visit = opened(session, keys, row)
        if visit.slot is not None and now >= visit.slot.starts_at:
            return Withhold("too_late")
        nickname = keys.open(child.nickname, place_of("child", child.id, "nickname"))
        return _part(rule, visit, nickname, zone)

    return compose


def _part(rule: str, visit: HomeVisit, nickname: str, zone: tzinfo) -> Part:
    lines: tuple[Say | Quote, ...]
    if rule == "called_off":
        title = Say("visit.of", {"nickname": nickname}, "title")
        again = button("button.visit_ask", "visit:show")
        key = "visit.told.closed" if visit.state == "closed" else "visit.told.called_off"
        return Part((title, Say(key)), ((again,),), urgent=False)
    lines = status_lines(visit, nickname, zone)
    if rule == "day_before":
        lines = (Say("visit.told.day_before"), *lines)
    if rule == "soon":
        lines = (Say("visit.told.soon"), *lines)
    return Part(lines, tuple(status_rows(visit)))
