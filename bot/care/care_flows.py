"""The guided dialogues of this room, and where its commands begin: first consent and a child, then which child."""

from collections.abc import Callable

from bot.care.calendar_flow import calendar_flow, open_calendar
from bot.care.feed_flow import feed_flow
from bot.care.growth_flow import growth_flow, open_growth
from bot.care.milestone_flow import milestone_flow, open_milestones
from bot.care.nudge_flow import nudge_flow
from bot.families.child import Child, age_say
from bot.families.children import children_for, children_shared
from bot.families.membership import memberships
from bot.flow import Flow, Turn, Visit, button
from bot.messages import Button, Reply, Say

CARE_FLOWS: dict[str, Flow] = {
    flow.name: flow for flow in (calendar_flow(), growth_flow(), milestone_flow(), feed_flow(), nudge_flow())
}


def begin_calendar(visit: Visit, chosen: str | None) -> Turn:
    """/calendar. `chosen`: the child spoken of a moment ago, None for none."""
    return _for_one(visit, chosen, "calendar:next", open_calendar)


def begin_growth(visit: Visit, chosen: str | None) -> Turn:
    """/growth. `chosen` as above."""
    return _for_one(visit, chosen, "growth:open", open_growth)


def begin_milestones(visit: Visit, chosen: str | None) -> Turn:
    """/milestones. `chosen` as above."""
    return _for_one(visit, chosen, "milestones:open", open_milestones)


def has_calendar(visit: Visit) -> bool:
    """Whether a calendar is kept for a child of the visitor."""
    return bool(children_for(visit, "calendar"))


def _for_one(visit: Visit, chosen: str | None, data: str, begin: Callable[[Visit, str], Turn]) -> Turn:
    children = children_for(visit, "calendar")
    if not children:
        return Turn(_not_yet(visit))
    child = children[0] if len(children) == 1 else next((one for one in children if one.id == chosen), None)
    if child is not None:
        turn = begin(visit, child.id)
        others = tuple(
            button("button.rather", f"{data}:{one.id}", nickname=one.nickname) for one in children if one != child
        )
        rows = (*turn.reply.buttons, others[:3]) if others else turn.reply.buttons
        return Turn(Reply(turn.reply.lines, rows, attachment=turn.reply.attachment), turn.step, turn.child_id)
    return Turn(Reply((Say("calendar.which"),), tuple(_child_row(visit, one, data) for one in children)))


def _child_row(visit: Visit, child: Child, data: str) -> tuple[Button, ...]:
    return (
        button(
            "button.child_aged", f"{data}:{child.id}", nickname=child.nickname, age=age_say(child.born_on, visit.today)
        ),
    )


def _not_yet(visit: Visit) -> Reply:
    """What is missing before there can be a calendar: a child, or the guardian's consent."""
    if not children_shared(visit):
        return Reply((Say("calendar.no_child"),), ((button("button.add_child", "child:add"),),))
    if any(one.role == "guardian" for one in memberships(visit)):
        give = button("button.agree", "consent:give:calendar", purpose=Say("consent.name.calendar"))
        return Reply((Say("calendar.consent_needed"), Say("consent.text.calendar", look="bullet")), ((give,),))
    return Reply((Say("calendar.consent_needed"), Say("consent.ask_guardian")))
