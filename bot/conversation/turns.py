"""One message's turn: what it changes and what is replied, inside the caller's transaction.

Order for a text: a danger sign, then the open step of a guided dialogue, then the guide. Whatever the answer, an
unfinished dialogue is offered again afterwards, never after an urgent one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from sqlmodel import col, select

from bot.care.care_flows import begin_calendar, begin_growth, begin_import, begin_milestones, begin_typed, has_calendar
from bot.care.nudge_flow import begin_nudges, stop_all
from bot.conversation import guided, my_data
from bot.conversation.asking_people import begin_asking, danger_told
from bot.conversation.child_asked import Understood, ask_which_child, known_age, with_child
from bot.conversation.deliveries import forget_deliveries
from bot.conversation.event_links import ask_consent, end_unwanted_bookings, fit_to_children, with_next_event
from bot.conversation.messages_page import messages_page
from bot.conversation.router import (
    Ask,
    CannotRead,
    Command,
    Intent,
    Join,
    Located,
    Pick,
    Pressed,
    Records,
    StopSending,
    SwitchLanguage,
)
from bot.conversation.services_beside import with_services
from bot.conversation.session import ConversationRow, Dialogue, let_go_of_steps
from bot.events.booking_desk import EventsNotAgreed
from bot.events.booking_flow import begin_bookings, begin_events
from bot.events.events_nearby import events_near, is_open
from bot.events.home_visits import let_visits_go
from bot.events.place_flow import begin_places, places_near
from bot.events.visit_flow import begin_visit
from bot.families.child import Child
from bot.families.family_flows import begin_children, begin_consent, begin_invite
from bot.families.membership import guarded_family, members_of, memberships
from bot.families.sharing_flow import joined
from bot.flow import GO_ON, Aside, Turn, Visit, button
from bot.messages import Button, Inbound, Reply, Say
from bot.questions.answer_lines import lines_for
from bot.questions.answer_policy import Answer, Choices
from bot.questions.asking import Asking
from bot.questions.question_flow import press
from bot.questions.question_log import note_question, take_out_of_questions
from bot.questions.scrub import scrub, without_names
from bot.questions.triage import Urgent
from bot.tickets.parent_tickets import take_out_of_tickets
from bot.tickets.ticket_flow import show_tickets
from knowledge.topics import Language


@dataclass(frozen=True)
class Answered:
    """What a turn changes: the dialogue afterwards (None: forgotten) and the replies. `erased`: traces must go."""

    dialogue: Dialogue | None
    replies: tuple[Reply, ...]
    erased: bool = False


@dataclass(frozen=True)
class Meeting:
    """A message with everything known around it.

    `shared`: every child of the visitor; `usable`: those whose age may be used for answers. `understood` is None where
    nothing was searched.
    """

    visit: Visit
    inbound: Inbound
    intent: Intent
    dialogue: Dialogue
    language: Language
    shared: list[Child]
    usable: list[Child]
    understood: Understood | None


def take_turn(meeting: Meeting, asking: Asking) -> Answered:
    """The turn of one message.

    Raises: Refusal: the person can act; nothing was changed that must stay.
    """
    dialogue, visit = meeting.dialogue, meeting.visit
    match meeting.intent:
        case Ask(text):
            return _asked(meeting, asking, text)
        case Pick() | Pressed("about", _):
            if meeting.understood is None:
                return _said(dialogue, "button_gone")
            return _answered(meeting, asking, meeting.understood.outcome.question.text)
        case Pressed("l", chosen):
            return _switched(dialogue, "en" if chosen == "en" else "zh")
        case Pressed("forget", answer):
            if answer == "ask":
                return Answered(dialogue, (my_data.ask_forget(visit),))
            if answer != "yes":
                return _said(dialogue, "forget.kept")
            return Answered(None, (my_data.forget(visit, meeting.inbound),), erased=True)
        case Pressed("none", _):
            person = Reply((Say("choices.none"),), ((button("button.ask_person", "ask:new"),),))
            return Answered(replace(dialogue, open_choices=()), (person,))
        case Pressed("data", _):
            return Answered(dialogue, (my_data.export(visit, dialogue),))
        case Pressed("display", wish):
            return _display(dialogue, wish)
        case Pressed("ask", argument) if argument == "new" or argument.startswith("q:"):
            return _ask_person(meeting, asking, argument.removeprefix("new").removeprefix("q:"))
        case Pressed(action, argument):
            if (action, argument) == ("child", "list"):
                return _command(meeting, "children")
            try:
                turn = guided.press(visit, dialogue, action, argument)
            except EventsNotAgreed:  # one tap to agree, and the same button is there again
                return Answered(dialogue, (ask_consent(visit, argument),))
            if (action, argument) == ("consent", "take:events"):
                _let_go_of_visits(visit)
            if turn is not None:
                if action == "consent":
                    end_unwanted_bookings(visit)
                return _turned(meeting, turn)
            age = known_age(dialogue, meeting.usable, visit.now, visit.today)
            reply = press(
                visit.session,
                action,
                argument,
                asking,
                dialogue.chat_key,
                meeting.language,
                age,
                brief=dialogue.short_text,
            )
            if action == "t":
                reply = with_services(reply, visit, argument, "")
            return Answered(dialogue, (reply,))
        case StopSending(word):
            left = guided.leave(visit, dialogue, word)
            return _turned(meeting, left or stop_all(visit), keep_step=left is None)
        case SwitchLanguage(language):
            return _switched(dialogue, language)
        case Join(code):
            return _turned(meeting, joined(visit, code), keep_step=True)
        case Records(sent):
            step = dialogue.step_open(visit.now)
            asked_for = None if step is None else step.draft.get("child")
            return _turned(meeting, begin_import(visit, asked_for or dialogue.child_at(visit.now), sent))
        case Located(position):
            step = dialogue.step_open(visit.now)
            near = events_near if is_open(step) else places_near
            return _turned(meeting, near(visit, step, position))
        case Command("ask"):
            tickets = show_tickets(visit)
            return _turned(meeting, tickets, keep_step=True) if tickets else _ask_person(meeting, asking, "")
        case Command(name):
            return _command(meeting, name)
        case CannotRead(key):
            if key == "unknown.photo" and has_calendar(visit):
                return Answered(dialogue, (Reply((Say(key), Say("unknown.photo_book"))),))
            return _said(dialogue, key)
        case _:
            assert_never(meeting.intent)


def _let_go_of_visits(visit: Visit) -> None:
    """Whoever no longer agrees to events gets no visit either."""
    family = guarded_family(visit)
    if family is not None:
        let_visits_go(visit, family)


def _asked(meeting: Meeting, asking: Asking, text: str) -> Answered:
    understood = meeting.understood
    if understood is None:
        return _said(meeting.dialogue, "unreadable")
    heard = guided.hear(meeting.visit, meeting.dialogue, text, understood.outcome)
    if isinstance(heard, Turn):
        turned = _turned(meeting, heard)
        before = danger_told(understood.outcome, asking) if heard.to_person else ()
        return replace(turned, replies=(*before, *turned.replies))
    typed = None if heard is not None else _typed(meeting, text, understood)
    if typed is not None:
        return _turned(meeting, typed)
    answered = _answered(meeting, asking, text)
    aside = heard or guided.offer_later(meeting.visit, meeting.dialogue)
    if aside is None or answered.dialogue is None or isinstance(understood.outcome.verdict, Urgent):
        return answered
    return _with_offer(meeting, answered, answered.dialogue, aside)


def _ask_person(meeting: Meeting, asking: Asking, number: str) -> Answered:
    before, turn = begin_asking(meeting.visit, asking, number, meeting.language)
    turned = _turned(meeting, turn)
    return replace(turned, replies=(*before, *turned.replies))


def _typed(meeting: Meeting, text: str, understood: Understood) -> Turn | None:
    """Records that were typed without a dialogue asking for them; what may be a danger sign goes first."""
    if isinstance(understood.outcome.verdict, Urgent):
        return None
    return begin_typed(meeting.visit, meeting.dialogue.child_at(meeting.visit.now), text)


def _with_offer(meeting: Meeting, answered: Answered, dialogue: Dialogue, aside: Aside) -> Answered:
    open_now = meeting.dialogue.step_open(meeting.visit.now) is not None
    at = meeting.visit.now if open_now else meeting.dialogue.step_at
    return Answered(replace(dialogue, step=aside.step, step_at=at), (*answered.replies, aside.offer))


def _answered(meeting: Meeting, asking: Asking, text: str) -> Answered:
    visit, understood = meeting.visit, meeting.understood
    if understood is None:
        return _said(meeting.dialogue, "button_gone")
    outcome, dialogue = understood.outcome, meeting.dialogue
    names = tuple(child.nickname for child in meeting.shared)
    if understood.which:
        waiting = dialogue.asked(scrub(text, names), None, visit.now)
        return Answered(waiting, (ask_which_child(understood.which, visit.today),))
    edition = asking.shipped.guide.edition
    key, channel = dialogue.chat_key, meeting.inbound.channel
    number = note_question(visit.session, outcome, key, channel, edition, visit.now, names)
    after = dialogue.asked(scrub(text, names), _worth_remembering(meeting, understood), visit.now)
    if outcome.decision == "smalltalk":  # thanks in between do not break the thread
        after = dialogue
    if isinstance(outcome.verdict, Choices):
        after = replace(after, open_choices=outcome.verdict.topic_ids)
    if understood.child is not None and len(meeting.usable) > 1 and outcome.decision != "smalltalk":
        after = after.about(understood.child.id, visit.now)
    reply = lines_for(outcome, asking.shipped, number, brief=dialogue.short_text)
    if outcome.decision in {"answer", "choices", "urgent"}:
        reply = with_child(reply, understood, meeting.usable, visit.today)
    if outcome.decision == "answer":
        reply = with_next_event(visit, reply, outcome.topic_ids[0], understood.child)
    if isinstance(outcome.verdict, Answer):
        reply = with_services(reply, visit, outcome.verdict.topic_id, text)
    return Answered(after, (reply,))


def _worth_remembering(meeting: Meeting, understood: Understood) -> int | None:
    """The age to remember as named: never that of a child's record, which is kept by the child."""
    if understood.outcome.age_named_months is not None:
        return understood.outcome.age_named_months
    return None if meeting.usable else understood.outcome.age_months


def _turned(meeting: Meeting, turn: Turn, *, keep_step: bool = False) -> Answered:
    """A guided dialogue's turn, carried over into the conversation."""
    visit = meeting.visit
    step = None if turn.step is None else replace(turn.step, draft={**turn.step.draft, "language": meeting.language})
    dialogue = meeting.dialogue if keep_step else meeting.dialogue.at_step(step, visit.now)
    dialogue = replace(dialogue, open_choices=())
    if turn.child_id is not None:
        dialogue = dialogue.about(turn.child_id, visit.now)
    if turn.erased:
        fit_to_children(visit)
        dialogue = _without(meeting, dialogue, turn.erased)
    return Answered(dialogue, (turn.reply,), erased=bool(turn.erased))


def _without(meeting: Meeting, dialogue: Dialogue, names: tuple[str, ...]) -> Dialogue:
    """Take erased names out of what the family's members asked."""
    visit = meeting.visit
    keys = [one.chat_key for mine in memberships(visit) for one in members_of(visit, mine.family_id)]
    take_out_of_questions(visit.session, keys, names)
    take_out_of_tickets(visit.session, visit.keys, keys, lambda text: without_names(text, names))
    let_go_of_steps(visit.session, keys)
    for key in keys:
        forget_deliveries(visit.session, key, meeting.inbound)
    for row in visit.session.exec(select(ConversationRow).where(col(ConversationRow.chat_key).in_(keys))).all():
        row.last_question = None if row.last_question is None else scrub(row.last_question, names)
        visit.session.add(row)
    kept = None if dialogue.last_question is None else scrub(dialogue.last_question, names)
    return replace(dialogue, last_question=kept, child_id=None, child_chosen_at=None)


def _command(meeting: Meeting, name: str) -> Answered:
    visit, dialogue = meeting.visit, meeting.dialogue
    begins: dict[str, Callable[[Visit], Turn]] = {
        "children": begin_children,
        "places": begin_places,
        "visit": begin_visit,
        "invite": begin_invite,
        "consent": begin_consent,
        "calendar": lambda visit: begin_calendar(visit, dialogue.child_at(visit.now)),
        "nudges": begin_nudges,
        "growth": lambda visit: begin_growth(visit, dialogue.child_at(visit.now)),
        "milestones": lambda visit: begin_milestones(visit, dialogue.child_at(visit.now)),
        "events": begin_events,
        "bookings": begin_bookings,
    }
    if name in begins:
        turn = begins[name](visit)
        answered = _turned(meeting, turn, keep_step=turn.step is None)
        aside = _unfinished(meeting) if name == "children" else None
        return answered if aside is None else replace(answered, replies=(*answered.replies, aside.offer))
    match name:
        case "mydata":
            return Answered(dialogue, (my_data.show(visit, dialogue),))
        case "export":
            return Answered(dialogue, (my_data.export(visit, dialogue),))
        case "forget":
            return Answered(dialogue, (my_data.ask_forget(visit),))
        case "display":
            return Answered(dialogue, (_display_page(dialogue),))
        case "messages":
            return Answered(dialogue, (messages_page(visit),))
        case _:
            return Answered(dialogue, (_plain_command(name),))


def _unfinished(meeting: Meeting) -> Aside | None:
    """Whoever opens the list of children with a child half added is asked whether to go on."""
    step = meeting.dialogue.step_kept(meeting.visit.now)
    return None if step is None else Aside(step, GO_ON)


def _said(dialogue: Dialogue, key: str) -> Answered:
    return Answered(dialogue, (Reply((Say(key),)),))


def _switched(dialogue: Dialogue, language: Language) -> Answered:
    return _said(replace(dialogue, language=language), "language.set")


def _display(dialogue: Dialogue, wish: str) -> Answered:
    match wish:
        case "page":
            return Answered(dialogue, (_display_page(dialogue),))
        case "large" | "normal":
            after = replace(dialogue, large_type=wish == "large")
        case "short" | "full":
            after = replace(dialogue, short_text=wish == "short")
        case _:
            return _said(dialogue, "button_gone")
    return Answered(after, (_display_page(after, Say("display.done")),))


def _display_page(dialogue: Dialogue, *before: Say) -> Reply:
    rows = (
        (
            button("button.normal_type", "display:normal")
            if dialogue.large_type
            else button("button.large_type", "display:large"),
        ),
        (
            button("button.full_text", "display:full")
            if dialogue.short_text
            else button("button.short_text", "display:short"),
        ),
    )
    return Reply((*before, Say("display.ask")), rows)


def _plain_command(name: str) -> Reply:
    languages = (Button(Say("button.chinese"), "l:zh"), Button(Say("button.english"), "l:en"))
    match name:
        case "start":
            urgent, unsigned = Say("welcome.urgent", look="alert"), Say("welcome.unsigned", look="note")
            child = (button("button.my_children", "child:list"), button("button.larger", "display:page"))
            return Reply((Say("welcome"), urgent, unsigned), (child, languages))
        case "language":
            return Reply((Say("language.ask"),), (languages,))
        case "privacy":
            return Reply((Say("privacy.text"),))
        case _:
            lines = (Say("help.title", look="title"), Say("help.examples"), Say("help.person"), Say("help.commands"))
            return Reply(lines, (languages,))
