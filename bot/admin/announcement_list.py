"""Announcements: the list, one with its state and report, and the form to write one."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi import Response
from sqlmodel import Session, col, select

from bot.admin.delivery_words import why
from bot.admin.page_call import Call
from bot.audit_log import note_change_by
from bot.errors import Refusal
from bot.events.bookings import attended
from bot.events.event_rows import EventRow
from bot.events.events import events_from
from bot.families.child import SERVED_UNTIL_MONTHS
from bot.outreach.announcement import MOST_CHARACTERS, TOPICS, Announcement
from bot.outreach.announcement_recipients import tally
from bot.outreach.announcement_rows import AnnouncementRow
from bot.outreach.announcements import create, every_announcement, rewrite, the_announcement
from bot.outreach.audience import Preview, preview
from bot.outreach.audience_rule import AudienceRule, plain_rule, read_rule
from bot.outreach.staff_chats import StaffChatRow
from knowledge.districts import DISTRICTS

LISTED = 100
GUESTS_OF_THE_LAST = timedelta(days=90)
FROZEN = frozenset({"running", "paused", "done", "cancelled"})
REWRITABLE = frozenset({"draft", "testing", "awaiting_second_person"})


def list_page(call: Call) -> Response:
    """The newest first."""
    with call.transaction() as session:
        every = every_announcement(session)
    return call.show("announcements.html", every=every[:LISTED])


def announcement_page(call: Call) -> Response:
    """One announcement: what it says, to whom, where it stands, and what can be done now."""
    with call.house.database.reading() as session:  # counting a large one takes a moment, and nobody waits for it
        one = the_announcement(session, call.path["announcement_id"])
        frozen = one.state in FROZEN
        counted = tally(session, session.get_one(AnnouncementRow, one.id)) if frozen else None
        event = session.get(EventRow, one.rule.attended) if one.rule.attended else None
        staff = staff_chats(session)
    skipped = [] if counted is None else [(why(call, reason), n) for reason, n in sorted(counted.skipped.items())]
    return call.show(
        "announcement.html",
        one=one,
        rule=rule_words(call, one.rule, event),
        counted=counted,
        skipped=skipped,
        why_paused=why(call, one.why_paused),
        rewritable=one.state in REWRITABLE,
        staff=len(staff),
        mine=call.person.login.casefold() in {one.made_by.casefold(), (one.started_by or "").casefold()},
    )


def audience_page(call: Call) -> Response:
    """Whom it would reach now: how many, who is left out and why, and a few of them, masked."""
    with call.transaction() as session:
        one = the_announcement(session, call.path["announcement_id"])
        event = session.get(EventRow, one.rule.attended) if one.rule.attended else None
    seen = audience_of(call, one)
    left_out = [(why(call, reason), count) for reason, count in sorted(seen.left_out.items())]
    return call.show("audience.html", one=one, rule=rule_words(call, one.rule, event), seen=seen, left_out=left_out)


def new_page(call: Call) -> Response:
    """An empty form, or what was filled in."""
    return _form(call, None, call.form or {"topic": "announcements"}, call.form_lists.get("district", ()))


def add(call: Call) -> Response:
    """Keep a draft."""
    with call.transaction() as session:
        rule = _rule(call)
        one = create(session, call.form.get("topic", ""), _texts(call), rule, call.person.login, call.now)
        note_change_by(session, call.by, "announcements.add", one.id, after=_plain(one))
    return call.go(f"/announcements/{one.id}/audience", "announcement_added")


def edit_page(call: Call) -> Response:
    """The form with what it says now."""
    with call.transaction() as session:
        one = the_announcement(session, call.path["announcement_id"])
    if call.form:
        return _form(call, one, call.form, call.form_lists.get("district", ()))
    rule = {name: "" if value is None else str(value) for name, value in vars(one.rule).items()}
    return _form(call, one, {**one.texts, **rule}, one.rule.districts)


def edit(call: Call) -> Response:
    """Rewrite it; it is tested and confirmed anew."""
    with call.transaction() as session:
        announcement_id = call.path["announcement_id"]
        before = the_announcement(session, announcement_id)
        one = rewrite(session, announcement_id, call.now, _texts(call), _rule(call))
        note_change_by(session, call.by, "announcements.edit", one.id, _plain(before), _plain(one))
    return call.go(f"/announcements/{one.id}/audience", "announcement_added")


def audience_of(call: Call, one: Announcement) -> Preview:
    """Whom it would reach now."""
    house = call.house
    return preview(house.database, house.keys, one.topic, one.rule, call.today, attended, one.id)


def staff_chats(session: Session) -> list[str]:
    """The staff's own chats, by hidden address."""
    return list(session.exec(select(StaffChatRow.chat_key).order_by(col(StaffChatRow.chat_key))).all())


def rule_words(call: Call, rule: AudienceRule, event: EventRow | None) -> list[str]:
    """Whom it is for, one condition a line."""
    lines = []
    if rule.districts:
        lines.append(call.w("audience.districts", districts="、".join(rule.districts)))
    if rule.from_months is not None or rule.to_months is not None:
        first, last = rule.from_months or 0, SERVED_UNTIL_MONTHS - 1 if rule.to_months is None else rule.to_months
        lines.append(call.w("audience.months", first=first, last=last))
    if rule.language is not None:
        lines.append(call.w(f"audience.language_{rule.language}"))
    if rule.attended is not None:
        lines.append(call.w("audience.attended", title=event.title_zh if event else rule.attended))
    return lines or [call.w("audience.everyone")]


def _form(call: Call, one: Announcement | None, values: Mapping[str, str], districts: Any) -> Response:
    with call.transaction() as session:
        events = [e for e in events_from(session, call.now - GUESTS_OF_THE_LAST, call.now) if e.status == "published"]
    return call.show(
        "announcement_form.html",
        one=one,
        values={name: values.get(name, "") for name in ("zh", "en", "topic", "from_months", "to_months", "language", "attended")},
        chosen=set(districts),
        topics=TOPICS,
        districts=DISTRICTS,
        events=events,
        most=MOST_CHARACTERS,
        oldest=SERVED_UNTIL_MONTHS - 1,
    )  # fmt: skip


def _texts(call: Call) -> dict[str, str]:
    return {language: call.form.get(language, "") for language in ("zh", "en")}


def _rule(call: Call) -> AudienceRule:
    months = {name: _months(call.form.get(name, "").strip()) for name in ("from_months", "to_months")}
    language, event = call.form.get("language", "") or None, call.form.get("attended", "") or None
    return read_rule(call.form_lists.get("district", ()), months["from_months"], months["to_months"], language, event)


def _months(written: str) -> int | None:
    if not written:
        return None
    if not (written.isascii() and written.isdigit() and len(written) < 4):
        raise Refusal("announce.months_odd", most=SERVED_UNTIL_MONTHS - 1)
    return int(written)


def _plain(one: Announcement) -> dict[str, str]:
    return {**one.texts, "topic": one.topic, "rule": json.dumps(plain_rule(one.rule), ensure_ascii=False)}
