"""The words around asking a person: who reads it and when, what goes along, what stands now. Phrase keys only."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.flow import Visit, button
from bot.messages import Button, Quote, Reply, Say, Value
from bot.outreach.staff_chats import is_anybody_on_call
from bot.tickets.counsellor_days import hours_in
from bot.tickets.parent_tickets import Message, label_of
from bot.tickets.ticket_answers import answer_buttons, answer_lines
from bot.tickets.ticket_rows import TicketRow
from bot.tickets.ticket_states import OPEN, is_urgent

SHOWN = 3
_STANDS = {
    "waiting": Say("ticket.is_waiting"),
    "claimed": Say("ticket.is_claimed"),
    "answered": Say("ticket.is_answered"),
    "closed": Say("ticket.is_closed"),
}
_WEEKDAYS = (
    "weekday.0",
    "weekday.1",
    "weekday.2",
    "weekday.3",
    "weekday.4",
    "weekday.5",
    "weekday.6",
)


def who_reads(visit: Visit) -> tuple[Say, ...]:
    """Who reads it, and when."""
    return (Say("ticket.who"), when_read(visit), Say("ticket.not_for_danger", look="alert"))


def when_read(visit: Visit) -> Say:
    """When somebody looks at what is sent now."""
    hours = hours_in(visit.zone, visit.counsellor_hours)
    values: dict[str, Value] = {"opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}"}
    if hours.are_now(visit.now):
        return Say("ticket.when_open", values)
    at = hours.next_from(visit.now)
    day = visit.day_of(at)
    if day == visit.today:
        return Say("ticket.when_today", values)
    if day == visit.today + timedelta(days=1):
        return Say("ticket.when_tomorrow", values)
    return Say("ticket.when_later", {**values, "day": day, "weekday": Say(_WEEKDAYS[day.weekday()])})


def review_page(visit: Visit, draft: Mapping[str, str]) -> Reply:
    """What will be shared, with the ticks; one tap agrees and sends."""
    ticked = set(draft.get("with", "").split(","))
    lines: list[Say | Quote] = [
        Say("ticket.title", look="title"),
        *who_reads(visit),
        Say("ticket.shares", look="title"),
    ]
    lines += [Quote(draft[name], "bullet") for name in ("question", "words") if draft.get(name)]
    if "shown" in ticked:
        lines += [Say("ticket.shares_shown"), Quote(draft["shown"], "bullet")]
    if "age" in ticked:
        lines.append(Say("ticket.shares_age", {"age": Say("age.months", {"months": int(draft["age"])})}, "bullet"))
    lines += [Say("ticket.names", look="note"), Say("ticket.kept", look="note")]
    ticks = {"shown": ("button.with_shown", "button.without_shown"), "age": ("button.with_age", "button.without_age")}
    rows: list[tuple[Button, ...]] = [(button("button.ticket_send", "ask:send"),)]
    rows += [
        (button(off if name in ticked else on, f"ask:tick:{name}"),)
        for name, (on, off) in ticks.items()
        if draft.get(name)
    ]
    rows.append((button("button.ticket_words", "ask:words"), button("button.ticket_leave", "ask:leave")))
    return Reply(tuple(lines), tuple(rows))


def ask_words(visit: Visit, *, with_who: bool) -> Reply:
    """The parent writes."""
    lead = (Say("ticket.title", look="title"), *who_reads(visit)) if with_who else ()
    return Reply((*lead, Say("ticket.write")), ((button("button.ticket_leave", "ask:leave"),),))


def received(visit: Visit, row: TicketRow) -> Reply:
    """It has arrived, and when somebody looks."""
    lines: list[Say | Quote] = [Say("ticket.received", {"label": label_of(row.id)}), when_read(visit)]
    if is_urgent(row.urgency):
        lines += urgent_lines(visit, row.urgency)
    lines.append(Say("ticket.will_tell", look="note"))
    return Reply(tuple(lines), ((button("button.my_tickets", "ask:show"),),))


def urgent_lines(visit: Visit, urgency: str) -> list[Say | Quote]:
    """What happens with an urgent question now, and where to go meanwhile; out of the hours who hears of it."""
    go = Say("ticket.urgent_today" if urgency == "same_day" else "ticket.urgent", look="alert")
    if hours_in(visit.zone, visit.counsellor_hours).are_now(visit.now):
        return [go]
    told = is_anybody_on_call(visit.session)
    return [Say("ticket.urgent_on_call" if told else "ticket.urgent_nobody"), go]


def tickets_page(rows: Sequence[TicketRow], day_of: Callable[[datetime], date]) -> Reply:
    """The newest tickets and what can be done with each."""
    lines: list[Say | Quote] = [Say("ticket.mine", look="title")]
    buttons: list[tuple[Button, ...]] = []
    for row in rows[:SHOWN]:
        values: dict[str, Value] = {"label": label_of(row.id), "day": day_of(row.asked_at), "state": _STANDS[row.state]}
        lines.append(Say("ticket.line", values, "bullet"))
        buttons.append(
            (
                button("button.ticket_read", f"ask:read:{row.id}", label=label_of(row.id)),
                button("button.ticket_back", f"ask:back:{row.id}"),
                button("button.ticket_take_back", f"ask:drop:{row.id}"),
            )
        )
    return Reply(tuple(lines), (*buttons, (button("button.ticket_new", "ask:new"),)))


def ticket_page(row: TicketRow, messages: Sequence[Message]) -> Reply:
    """One ticket: what was asked, and the newest answer."""
    asked = [Quote(one.text, "bullet") for one in messages if one.kind in {"question", "words", "back"}]
    head = Say("ticket.one", {"label": label_of(row.id), "state": _STANDS[row.state]}, "title")
    answers = [one for one in messages if one.kind == "reply"]
    if not answers:
        rest = (button("button.ticket_back", f"ask:back:{row.id}"), button("button.my_tickets", "ask:show"))
        return Reply((head, *asked), (rest,))
    rows = answer_buttons(row) if row.state in OPEN else ((button("button.ticket_back", f"ask:back:{row.id}"),),)
    return Reply((head, *asked, *answer_lines(row, answers[-1])), rows)
