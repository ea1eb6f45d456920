"""What we keep about a person, joined from every room: to read in the chat, to take along as JSON, to erase."""

import json
from typing import Any

from sqlalchemy import delete
from sqlmodel import col

from bot.care.care_export import records_copy, records_lines
from bot.care.sealed_entries import forget_hand
from bot.conversation.deliveries import forget_deliveries
from bot.conversation.event_links import bookings_copy, bookings_lines, forget_bookings
from bot.conversation.messages_page import messages_copy
from bot.conversation.reaching import forget_without_reason
from bot.conversation.session import ConversationRow, Dialogue, let_go_of_steps
from bot.events.home_visits import forget_asker, visits_copy, visits_of_family
from bot.families.child import Child
from bot.families.children import children_of_family
from bot.families.erasing import erase_everything, leaving, losing_sight
from bot.families.family_export import family_copy, family_lines
from bot.families.membership import members_of, memberships
from bot.flow import Visit, button
from bot.messages import Attachment, Inbound, Reply, Say
from bot.outreach.announcement_recipients import settle_before_erasing
from bot.outreach.contact import forget_contact
from bot.outreach.muting import choices_copy, forget_choices
from bot.outreach.rate_limit import forget_chat
from bot.outreach.web_inbox import erase_inbox
from bot.questions.question_log import erase_questions, questions_of
from bot.tickets.parent_tickets import KEPT_FOR as TICKETS_KEPT_FOR
from bot.tickets.parent_tickets import forget_tickets, tickets_copy, tickets_of

FILE_NAME = "qihui-my-data.json"


def show(visit: Visit, dialogue: Dialogue) -> Reply:
    """Everything that is kept, in words."""
    asked = questions_of(visit.session, visit.chat_key)
    age = dialogue.age_at(visit.now)
    lines = [Say("mydata.title", look="title"), *family_lines(visit), *records_lines(visit), *bookings_lines(visit)]
    if age is not None:
        lines.append(Say("mydata.age", {"age": Say("age.months", {"months": age})}))
    visits = visits_of_family(visit, only_open=False)
    if visits:
        lines.append(Say("mydata.visits", {"count": len(visits)}))
    lines.append(Say("mydata.questions", {"count": len(asked)}))
    tickets = tickets_of(visit.session, visit.chat_key)
    if tickets:
        lines.append(Say("mydata.tickets", {"count": len(tickets), "days": TICKETS_KEPT_FOR.days}))
    lines.append(Say("mydata.hidden", look="note"))
    rows = (
        (button("button.export", "data:export"), button("button.consent", "consent:show")),
        (button("button.erase_all", "forget:ask"),),
    )
    return Reply(tuple(lines), rows)


def export(visit: Visit, dialogue: Dialogue) -> Reply:
    """Everything that is kept, as a file."""
    copied: dict[str, Any] = {
        "made_at": visit.now.isoformat(),
        "dialogue": {
            "language": dialogue.language,
            "age_months_named": dialogue.age_months,
            "last_question": dialogue.last_question,
            "large_type": dialogue.large_type,
            "short_text": dialogue.short_text,
        },
        "families": _families_with_records(visit),
        "bookings": bookings_copy(visit),
        "messages": messages_copy(visit),
        "message_choices": choices_copy(visit.session, visit.chat_key),
        "questions": questions_of(visit.session, visit.chat_key),
        "questions_to_people": tickets_copy(visit),
    }
    content = json.dumps(copied, ensure_ascii=False, indent=2).encode()
    return Reply((Say("mydata.file"),), attachment=Attachment(FILE_NAME, "application/json", content))


def ask_forget(visit: Visit) -> Reply:
    """What goes when everything goes, before it goes."""
    what = leaving(visit)
    lines = [Say("forget.ask")]
    if what.erased:
        lines.append(Say("forget.children", {"names": _names(what.erased)}))
    if what.others:
        lines.append(Say("forget.others", {"count": what.others}))
    if what.left:
        lines.append(Say("forget.leaves"))
    row = (button("button.forget_yes", "forget:yes"), button("button.forget_no", "forget:no"))
    return Reply(tuple(lines), (row,))


def forget(visit: Visit, inbound: Inbound) -> Reply:
    """Erase everything of the visitor in every room."""
    blind = losing_sight(visit)
    let_go_of_steps(visit.session, blind)
    for other in blind:
        forget_deliveries(visit.session, other, inbound)
    others = [one.chat_key for mine in memberships(visit) for one in members_of(visit, mine.family_id)]
    settle_before_erasing(visit.session, visit.chat_key)
    forget_hand(visit)
    forget_asker(visit)
    forget_bookings(visit)
    forget_tickets(visit.session, visit.chat_key)
    erase_everything(visit)
    forget_contact(visit.session, visit.chat_key)
    forget_choices(visit.session, visit.chat_key)
    erase_inbox(visit.session, visit.chat_key)
    forget_chat(visit.session, visit.chat_key)
    forget_without_reason(visit.session, others)
    erase_questions(visit.session, visit.chat_key)
    visit.session.execute(delete(ConversationRow).where(col(ConversationRow.chat_key) == visit.chat_key))
    forget_deliveries(visit.session, visit.chat_key, inbound)
    return Reply((Say("forget.done"),))


def _families_with_records(visit: Visit) -> list[dict[str, Any]]:
    """The families' own copy with each child's records beside the child."""
    families = family_copy(visit)
    for copied, member in zip(families, memberships(visit), strict=True):
        children = children_of_family(visit, member.family_id)
        for copied_child, child in zip(copied["children"], children, strict=True):
            copied_child["records"] = records_copy(visit, child)
            copied_child["home_visits"] = visits_copy(visit, child)
    return families


def _names(children: tuple[Child, ...]) -> tuple[Say, ...]:
    return tuple(Say("child.name", {"nickname": child.nickname}) for child in children)
