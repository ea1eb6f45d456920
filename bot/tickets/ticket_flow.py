"""Asking a person as a conversation: what goes along is shown first, one tap agrees and sends, words come as they are.

What the parent writes here goes to a person. Where it tells of a danger, the conversation says the danger-sign text at
once and before anything of this flow (`Turn.to_person`), and the ticket is urgent.
"""

from bot.errors import Refusal
from bot.flow import GO_ON, Aside, Flow, Said, Step, Turn, Visit, button
from bot.messages import Reply, Say
from bot.tickets.parent_tickets import (
    MOST_CHARACTERS,
    Kind,
    ask_person,
    messages_of,
    own_ticket,
    say_it_helped,
    take_back,
    tickets_of,
    write_back,
)
from bot.tickets.ticket_lines import ask_words, received, review_page, ticket_page, tickets_page
from bot.tickets.ticket_states import worse
from knowledge.topics import Language

NAME = "ask"
_SHARED: tuple[Kind, ...] = ("question", "words", "shown", "age")
_TICKS = ("shown", "age")


def ticket_flow() -> Flow:
    """The flow as a value."""
    return Flow(NAME, press=_press, hear=_hear, ask=_ask, hears_danger=True)


def begin_ticket(visit: Visit, question: str, shown: str, age_months: int | None, urgency: str) -> Turn:
    """The first page. `question`: the question it is about, empty for none; `shown`: the answer that was shown to it."""
    draft = {"urgency": worse(urgency, "none"), "shown": shown, "question": question}
    if age_months is not None:
        draft["age"] = str(age_months)
    step = Step(NAME, "review" if question else "words", {name: value for name, value in draft.items() if value})
    return _ask(visit, step)


def show_tickets(visit: Visit) -> Turn | None:
    """The tickets of this chat; None where there are none."""
    rows = tickets_of(visit.session, visit.chat_key)
    return Turn(tickets_page(rows, visit.day_of)) if rows else None


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    verb, _, value = argument.partition(":")
    match verb:
        case "show":
            return show_tickets(visit) or Turn(Reply((Say("ticket.none"),), ((_NEW,),)))
        case "read":
            row = own_ticket(visit, value)
            return Turn(ticket_page(row, messages_of(visit.session, visit.keys, row.id)))
        case "back":
            return _ask(visit, Step(NAME, "back", {"ticket": own_ticket(visit, value).id}))
        case "helped":
            say_it_helped(visit, value)
            return Turn(Reply((Say("ticket.glad"),)))
        case "drop":
            row = own_ticket(visit, value)
            sure = button("button.ticket_take_back_yes", f"ask:dropped:{row.id}")
            return Turn(Reply((Say("ticket.drop_ask"),), ((sure, button("button.keep", "ask:show")),)))
        case "dropped":
            take_back(visit, value)
            return Turn(Reply((Say("ticket.dropped"),)))
        case "leave":
            return Turn(Reply((Say("ticket.left"),)))
        case _:
            return _step_pressed(visit, step, verb, value)


def _step_pressed(visit: Visit, step: Step | None, verb: str, value: str) -> Turn:
    if step is None or step.flow != NAME or step.name == "back":
        return Turn(Reply((Say("button_gone"),)), step)
    ticked = set(filter(None, step.draft.get("with", "").split(",")))
    match verb:
        case "tick" if value in _TICKS and step.draft.get(value):
            return _ask(visit, step.to("review", **{"with": ",".join(sorted(ticked ^ {value}))}))
        case "words":
            return _ask(visit, step.to("words"))
        case "send" if step.draft.get("question") or step.draft.get("words"):
            return _send(visit, step, ticked)
        case _:
            return _ask(visit, step)


def _send(visit: Visit, step: Step, ticked: set[str]) -> Turn:
    draft = step.draft
    wanted = [name for name in _SHARED if draft.get(name) and (name not in _TICKS or name in ticked)]
    language: Language = "en" if visit.language == "en" else "zh"
    row = ask_person(visit, [(name, draft[name]) for name in wanted], worse(draft["urgency"], "none"), language)
    return Turn(received(visit, row))


def _hear(visit: Visit, step: Step, said: Said) -> Turn | Aside:
    if step.name not in {"words", "back"}:
        return Aside(step, Reply(()) if said.danger_suspected else GO_ON)
    if len(said.text) > MOST_CHARACTERS:
        return Turn(Reply((Say("ticket.too_long", {"most": MOST_CHARACTERS}),)), step, to_person=True)
    if step.name == "back":
        try:
            row = write_back(visit, step.draft["ticket"], said.text, worse(said.urgency, "none"))
        except Refusal as refusal:  # told here: the step ends, and a danger in the words is answered all the same
            return Turn(Reply((Say(refusal.phrase, refusal.values),)), to_person=True)
        return Turn(received(visit, row), to_person=True)
    urgency = worse(step.draft.get("urgency", "none"), said.urgency)
    turn = _ask(visit, step.to("review", words=said.text, urgency=urgency))
    return Turn(turn.reply, turn.step, to_person=True)


def _ask(visit: Visit, step: Step) -> Turn:
    match step.name:
        case "back":
            own_ticket(visit, step.draft["ticket"])
            return Turn(ask_words(visit, with_who=False), step)
        case "words":
            return Turn(ask_words(visit, with_who=not step.draft.get("question")), step)
        case _:
            return Turn(review_page(visit, step.draft), step)


_NEW = button("button.ticket_new", "ask:new")
