"""The turn of a command, and of how things are shown."""

from collections.abc import Callable
from dataclasses import replace

from bot.care.care_flows import begin_calendar, begin_growth, begin_milestones
from bot.care.nudge_flow import begin_nudges
from bot.conversation import my_data
from bot.conversation.meeting import Answered, Meeting, said, take_over
from bot.conversation.messages_page import messages_page
from bot.conversation.session import Dialogue
from bot.events.booking_flow import begin_bookings, begin_events
from bot.events.place_flow import begin_places
from bot.events.visit_flow import begin_visit
from bot.families.family_flows import begin_children, begin_consent, begin_invite
from bot.flow import GO_ON, Aside, Turn, Visit, button
from bot.messages import Button, Reply, Say
from knowledge.topics import Language


def take_command(meeting: Meeting, name: str) -> Answered:
    """What a command shows or begins."""
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
        answered = take_over(meeting, turn, keep_step=turn.step is None)
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


def switched(dialogue: Dialogue, language: Language) -> Answered:
    """Another language from now on."""
    return said(replace(dialogue, language=language), "language.set")


def display(dialogue: Dialogue, wish: str) -> Answered:
    """How answers are shown: larger, or in short."""
    match wish:
        case "page":
            return Answered(dialogue, (_display_page(dialogue),))
        case "large" | "normal":
            after = replace(dialogue, large_type=wish == "large")
        case "short" | "full":
            after = replace(dialogue, short_text=wish == "short")
        case _:
            return said(dialogue, "button_gone")
    return Answered(after, (_display_page(after, Say("display.done")),))


def _unfinished(meeting: Meeting) -> Aside | None:
    """Whoever opens the list of children with a child half added is asked whether to go on."""
    step = meeting.dialogue.step_kept(meeting.visit.now)
    return None if step is None else Aside(step, GO_ON)


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
