"""One message's turn: what it changes and what is replied, inside the caller's transaction.

Order for a text: a danger sign, then the open step of a guided dialogue, then the guide. Whatever the answer, an
unfinished dialogue is offered again afterwards, never after an urgent one.
"""

from dataclasses import replace
from typing import assert_never

from bot.care.care_flows import begin_import, has_calendar
from bot.care.nudge_flow import stop_all
from bot.conversation import guided, my_data
from bot.conversation.asked_turns import answer_found, ask_person, take_question
from bot.conversation.child_asked import known_age
from bot.conversation.command_turns import display, switched, take_command
from bot.conversation.event_links import ask_consent, end_unwanted_bookings
from bot.conversation.meeting import Answered, Meeting, said, take_over
from bot.conversation.router import (
    Ask,
    CannotRead,
    Command,
    Join,
    Located,
    Pick,
    Pressed,
    Records,
    StopSending,
    SwitchLanguage,
)
from bot.conversation.services_beside import with_services
from bot.events.booking_desk import EventsNotAgreed
from bot.events.events_nearby import events_near, is_open
from bot.events.home_visits import let_visits_go
from bot.events.place_flow import places_near
from bot.families.membership import guarded_family
from bot.families.sharing_flow import joined
from bot.flow import Visit, button
from bot.messages import Reply, Say
from bot.questions.asking import Asking
from bot.questions.question_flow import press
from bot.tickets.ticket_flow import show_tickets


def take_turn(meeting: Meeting, asking: Asking) -> Answered:
    """The turn of one message.

    Raises: Refusal: the person can act; nothing was changed that must stay.
    """
    dialogue, visit = meeting.dialogue, meeting.visit
    match meeting.intent:
        case Ask(text):
            return take_question(meeting, asking, text)
        case Pick() | Pressed("about", _):
            if meeting.understood is None:
                return said(dialogue, "button_gone")
            return answer_found(meeting, asking, meeting.understood.outcome.question.text)
        case Pressed("l", chosen):
            return switched(dialogue, "en" if chosen == "en" else "zh")
        case Pressed("forget", answer):
            if answer == "ask":
                return Answered(dialogue, (my_data.ask_forget(visit),))
            if answer != "yes":
                return said(dialogue, "forget.kept")
            return Answered(None, (my_data.forget(visit, meeting.inbound),), erased=True)
        case Pressed("none", _):
            person = Reply((Say("choices.none"),), ((button("button.ask_person", "ask:new"),),))
            return Answered(replace(dialogue, open_choices=()), (person,))
        case Pressed("data", _):
            return Answered(dialogue, (my_data.export(visit, dialogue),))
        case Pressed("display", wish):
            return display(dialogue, wish)
        case Pressed("ask", argument) if argument == "new" or argument.startswith("q:"):
            return ask_person(meeting, asking, argument.removeprefix("new").removeprefix("q:"))
        case Pressed(action, argument):
            if (action, argument) == ("child", "list"):
                return take_command(meeting, "children")
            try:
                turn = guided.press(visit, dialogue, action, argument)
            except EventsNotAgreed:  # one tap to agree, and the same button is there again
                return Answered(dialogue, (ask_consent(visit, argument),))
            if (action, argument) == ("consent", "take:events"):
                _let_go_of_visits(visit)
            if turn is not None:
                if action == "consent":
                    end_unwanted_bookings(visit)
                return take_over(meeting, turn)
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
            return take_over(meeting, left or stop_all(visit), keep_step=left is None)
        case SwitchLanguage(language):
            return switched(dialogue, language)
        case Join(code):
            return take_over(meeting, joined(visit, code), keep_step=True)
        case Records(sent):
            step = dialogue.step_open(visit.now)
            asked_for = None if step is None else step.draft.get("child")
            return take_over(meeting, begin_import(visit, asked_for or dialogue.child_at(visit.now), sent))
        case Located(position):
            step = dialogue.step_open(visit.now)
            near = events_near if is_open(step) else places_near
            return take_over(meeting, near(visit, step, position))
        case Command("ask"):
            tickets = show_tickets(visit)
            return take_over(meeting, tickets, keep_step=True) if tickets else ask_person(meeting, asking, "")
        case Command(name):
            return take_command(meeting, name)
        case CannotRead(key):
            if key == "unknown.photo" and has_calendar(visit):
                return Answered(dialogue, (Reply((Say(key), Say("unknown.photo_book"))),))
            return said(dialogue, key)
        case _:
            assert_never(meeting.intent)


def _let_go_of_visits(visit: Visit) -> None:
    """Whoever no longer agrees to events gets no visit either."""
    family = guarded_family(visit)
    if family is not None:
        let_visits_go(visit, family)
