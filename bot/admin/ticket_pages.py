"""Parents' questions to people: the list with its clock, one ticket, answer from the guide with sources, hand over, close.

What a parent wrote is read here and nowhere else; families are masked, logs and the audit log hold no word of it.
"""

from collections.abc import Sequence

from fastapi import Response
from sqlmodel import Session

from bot.admin.page_call import Call, mask
from bot.admin.permissions import may
from bot.admin.staff_accounts import everyone
from bot.conversation.phrases import phrase
from bot.errors import Refusal
from bot.outreach.alarms import LateTicket
from bot.outreach.ledger import ledger_of_subject
from bot.outreach.staff_chats import is_anybody_on_call
from bot.questions.answer_lines import cited_titles
from bot.questions.asking import Question
from bot.tickets.counsellor_days import hours_in
from bot.tickets.parent_tickets import Message, label_of, messages_of, subject_of
from bot.tickets.ticket_desk import (
    LONGEST_ANSWER,
    TicketDesk,
    answer,
    as_listed,
    claim,
    close,
    families_of,
    family_of,
    hand_over,
    late_tickets,
    listed,
    the_ticket,
)
from bot.tickets.ticket_rows import TicketRow
from bot.tickets.ticket_states import OPEN
from knowledge.topics import Language

SUGGESTED = 3
MOST_SEARCHED = 500
_ASKED = ("question", "words", "back")


def tickets_page(call: Call) -> Response:
    """Open tickets, urgent ones on top; or those that ended."""
    closed = call.query.get("list") == "closed"
    with call.reading() as session:
        desk = _desk(call, session)
        found = listed(desk, closed=closed)
        families = families_of(session, [one.row for one in found])
        on_call = is_anybody_on_call(session)
    rows = [(one, call.family(families[one.row.chat_key]) if one.row.chat_key in families else "") for one in found]
    waits = sum(one.clock is not None for one, _ in rows)
    late = sum(one.clock is not None and one.clock.late for one, _ in rows)
    hours = desk.hours
    return call.show("tickets.html", rows=rows, closed=closed, waits=waits, late=late, hours=hours, on_call=on_call)


def ticket_page(call: Call) -> Response:
    """One ticket with everything that the parent agreed to share."""
    return _shown(call, call.form.get("text", ""))


def claim_ticket(call: Call) -> Response:
    """Take it."""
    with call.transaction() as session:
        claim(_desk(call, session), call.path["ticket_id"], call.form.get("version", ""))
    return _back(call, "ticket_claimed")


def answer_ticket(call: Call) -> Response:
    """Send an answer to the parent."""
    with call.transaction() as session:
        answer(_desk(call, session), call.path["ticket_id"], call.form.get("version", ""), call.form.get("text", ""))
    return _back(call, "ticket_answered")


def insert_template(call: Call) -> Response:
    """The same page with an entry's short answer and sources below what was typed.

    Raises: Refusal: there is no such entry.
    """
    entry = call.house.desk.shipped.guide.entries.get(call.form.get("topic_id", "").strip())
    if entry is None:
        raise Refusal("refused.topic")
    with call.transaction() as session:
        row = the_ticket(_desk(call, session), call.path["ticket_id"])
    language: Language = "en" if row.language == "en" else "zh"
    sources = {"titles": "; ".join(cited_titles(entry, call.house.desk.shipped.guide, language))}
    text = f"{entry.side(language).short_answer.text}\n\n{phrase('answer.sources', language, sources)}"
    return _shown(call, "\n\n".join(filter(None, (call.form.get("text", "").rstrip(), text))))


def hand_over_ticket(call: Call) -> Response:
    """Give it to a colleague, or back to the list.

    Raises: Refusal: the colleague cannot answer.
    """
    to = call.form.get("to", "")
    with call.transaction() as session:
        if to and to not in {login for login, _ in _colleagues(session)}:
            raise Refusal("refused.nobody")
        desk = _desk(call, session)
        hand_over(desk, call.path["ticket_id"], call.form.get("version", ""), to or None, call.form.get("note", ""))
    return call.go("/tickets", "ticket_handed")


def close_ticket(call: Call) -> Response:
    """End it."""
    with call.transaction() as session:
        close(_desk(call, session), call.path["ticket_id"], call.form.get("version", ""), call.form.get("reason", ""))
    return call.go("/tickets", "ticket_closed")


def how_many_wait(call: Call) -> tuple[int, int] | None:
    """How many wait for an answer, and how many of them too long; None for whoever does not read them."""
    if not call.may("ticket.see"):
        return None
    with call.reading() as session:
        clocks = [one.clock for one in listed(_desk(call, session)) if one.clock is not None]
    return len(clocks), sum(clock.late for clock in clocks)


def how_late(call: Call) -> list[LateTicket]:
    """Who waits too long for an answer; nobody for whoever does not read them."""
    if not call.may("ticket.see"):
        return []
    with call.reading() as session:
        return late_tickets(session, _desk(call, session).hours, call.now)


def _shown(call: Call, text: str) -> Response:
    with call.reading() as session:
        desk = _desk(call, session)
        row = the_ticket(desk, call.path["ticket_id"])
        messages = messages_of(session, call.house.keys, row.id)
        family = _family(call, session, row)
        fates = ledger_of_subject(session, subject_of(row.id))
        colleagues = _colleagues(session)
    mine = row.claimed_by in {None, call.person.login} or desk.may_take_over
    return call.show(
        "ticket.html",
        one=as_listed(desk.hours, row, call.now),
        row=row,
        label=label_of(row.id),
        messages=messages,
        family=family,
        fate=fates[0] if fates else None,
        colleagues=[one for one in colleagues if one[0] != row.claimed_by],
        topics=call.house.desk.shipped.guide.entries,
        suggested=_suggested(call, row, messages) if mine and row.waits_since else [],
        text=text,
        most=LONGEST_ANSWER,
        may_answer=call.may("ticket.answer") and mine and row.state in OPEN,
        held_by_other=not mine,
    )


def _suggested(call: Call, row: TicketRow, messages: Sequence[Message]) -> list[tuple[str, str]]:
    """Entries of the guide that come near: id and title in the reader's language."""
    asked = "\n".join(one.text for one in messages if one.kind in _ASKED)[-MOST_SEARCHED:]
    age = next((one.text for one in messages if one.kind == "age"), "")
    language: Language = "en" if row.language == "en" else "zh"
    asking = call.house.desk.asking(call.house.desk.living.current)
    found = asking.ask(Question(asked, language, int(age) if age.isdigit() else None, private=True)).topic_ids
    entries = asking.shipped.guide.entries
    titles = [(topic, entries[topic].side(call.language).title) for topic in found if topic in entries]
    return titles[:SUGGESTED]


def _desk(call: Call, session: Session) -> TicketDesk:
    hours = hours_in(call.house.clock.zone, call.house.counsellor_hours)
    person = call.person
    return TicketDesk(session, call.house.keys, call.by, person.name, hours, person.role == "administrator")


def _family(call: Call, session: Session, row: TicketRow) -> str:
    family_id = family_of(session, row)
    return "" if family_id is None else mask(call.house.secret, family_id)


def _colleagues(session: Session) -> list[tuple[str, str]]:
    """Login and name of everybody who may answer."""
    people = everyone(session)
    return [(one.login, one.name) for one in people if one.disabled_at is None and may(one.role, "ticket.answer")]


def _back(call: Call, said: str) -> Response:
    return call.go(f"/tickets/{call.path['ticket_id']}", said)
