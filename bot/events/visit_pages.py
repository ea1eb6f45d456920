"""What a family reads about its home visit: each question of the request, and how the visit stands. No database."""

from collections.abc import Iterable
from datetime import tzinfo

from bot.events.home_visits import HomeVisit
from bot.events.visit_request import REASONS, TONGUES, WHENS, Request
from bot.events.visit_states import Slot
from bot.families.child import Child, age_say
from bot.flow import Visit, button
from bot.messages import Button, Quote, Reply, Say, Value
from knowledge.districts import DISTRICTS, slug_of

LEAVE = (button("button.leave_it", "flow:off"),)

Lines = tuple[Say | Quote, ...]


def when_say(slot: Slot, zone: tzinfo) -> Say:
    """A slot as people say it: day, weekday, from, to, by the families' clock."""
    starts, ends = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
    return Say(
        "visit.when",
        {
            "day": starts.date(),
            "weekday": Say(f"visit.weekday.{starts.weekday()}"),
            "from": f"{starts:%H:%M}",
            "to": f"{ends:%H:%M}",
        },
    )


def ask_child(children: list[Child], visit: Visit) -> Reply:
    """For which child."""
    rows = tuple(
        (
            button(
                "button.child_aged",
                f"visit:child:{child.id}",
                nickname=child.nickname,
                age=age_say(child.born_on, visit.today),
            ),
        )
        for child in children
    )
    return Reply((*intro_lines(), Say("visit.ask_child")), (*rows, LEAVE))


def intro_lines() -> Lines:
    """What a home visit is, what it is not for, and the other visit that need not be asked for."""
    return (
        Say("visit.title", look="title"),
        Say("visit.intro"),
        Say("visit.two_kinds", look="note"),
        Say("visit.not_for_urgent", look="alert"),
    )


def ask_district(*before: Say | Quote) -> Reply:
    """Where the family lives."""
    names = [button(f"district.{slug_of(zh)}", f"visit:in:{number}") for number, (zh, _) in enumerate(DISTRICTS)]
    return Reply((*before, Say("visit.ask_district")), (*_rows(names, 4), LEAVE))


def ask_street(district: str) -> Reply:
    """The street or town; may stay open."""
    row = (button("button.rather_not", "visit:street_none"), *LEAVE)
    return Reply((Say("visit.ask_street", {"district": Say(f"district.{slug_of(district)}")}),), (row,))


def ask_reasons(chosen: frozenset[str], *before: Say | Quote) -> Reply:
    """What it is about: several may be tapped."""
    return Reply((*before, Say("visit.ask_why")), _toggles("why", REASONS, chosen))


def ask_times(chosen: frozenset[str]) -> Reply:
    """Which times suit: several may be tapped."""
    return Reply((Say("visit.ask_when"),), _toggles("when", WHENS, chosen))


def ask_tongue() -> Reply:
    """The language to speak."""
    row = tuple(button(f"visit.tongue.{tongue}", f"visit:tongue:{tongue}") for tongue in TONGUES)
    return Reply((Say("visit.ask_tongue"),), (row, LEAVE))


def review(child: Child, request: Request, *before: Say) -> Reply:
    """Everything that was said, before it is sent."""
    row = (button("button.visit_send", "visit:send"), *LEAVE)
    lines = (*before, Say("visit.review", {"nickname": child.nickname}, "title"), *request_lines(request))
    return Reply((*lines, Say("visit.who_sees", look="note")), (row,))


def request_lines(request: Request) -> Lines:
    """What was asked for."""
    place: dict[str, Value] = {
        "district": Say(f"district.{slug_of(request.district)}"),
        "street": request.street or Say("visit.street_open"),
    }
    return (
        Say("visit.line.place", place, "bullet"),
        Say("visit.line.why", {"why": tuple(Say(f"visit.why.{one}") for one in request.reasons)}, "bullet"),
        Say("visit.line.when", {"when": tuple(Say(f"visit.when.{one}") for one in request.times)}, "bullet"),
        Say("visit.line.tongue", {"tongue": Say(f"visit.tongue.{request.tongue}")}, "bullet"),
    )


def visit_page(visits: list[HomeVisit], children: list[Child], zone: tzinfo, *before: Say) -> Reply:
    """How each open visit stands, with what can be done."""
    names = {child.id: child.nickname for child in children}
    lines: list[Say | Quote] = list(before)
    rows: list[tuple[Button, ...]] = []
    for visit in visits:
        lines += status_lines(visit, names.get(visit.child_id, ""), zone)
        rows += status_rows(visit)
    free = [child for child in children if child.id not in {visit.child_id for visit in visits}]
    if not visits:
        lines.append(Say("visit.none_open"))
    if free:
        rows.append((button("button.visit_ask", "visit:ask"),))
    return Reply(tuple(lines), tuple(rows))


def status_lines(visit: HomeVisit, nickname: str, zone: tzinfo) -> Lines:
    """How one visit stands."""
    title = Say("visit.of", {"nickname": nickname}, "title")
    if visit.slot is None or visit.visitor is None or visit.state not in {"proposed", "confirmed"}:
        return (title, Say(f"visit.is.{visit.state}"))
    who: dict[str, Value] = {
        "when": when_say(visit.slot, zone),
        "name": visit.visitor.name,
        "organisation": visit.visitor.organisation,
    }
    if visit.state == "proposed":
        return (title, Say("visit.proposed", who))
    return (title, Say("visit.confirmed", who), *door_lines(visit))


def door_lines(visit: HomeVisit) -> Lines:
    """How the family knows the visitor before the door is opened, and whether the visitor knows where to ring."""
    known = Say("visit.address_there") if visit.address else Say("visit.address_missing", look="note")
    if visit.code is None or visit.visitor is None:
        return (known,)
    return (Say("visit.door", {"code": visit.code, "card": visit.visitor.card}, "alert"), known)


def status_rows(visit: HomeVisit) -> list[tuple[Button, ...]]:
    """What the family can do now."""
    drop = button("button.visit_drop", f"visit:drop:{visit.id}")
    answer = f"{visit.id}:{visit.version}"
    match visit.state:
        case "proposed":
            yes = button("button.visit_yes", f"visit:yes:{answer}")
            return [(yes,), (button("button.visit_other", f"visit:other:{answer}"), drop)]
        case "confirmed":
            key = "button.visit_address_change" if visit.address else "button.visit_address"
            where = button(key, f"visit:where:{visit.id}")
            return [(where,), (button("button.visit_other", f"visit:other:{answer}"), drop)]
        case _:
            return [(drop,)]


def _toggles(what: str, words: Iterable[str], chosen: frozenset[str]) -> tuple[tuple[Button, ...], ...]:
    def label(word: str) -> Say:
        said = Say(f"visit.{what}.{word}")
        return Say("visit.chosen", {"what": said}) if word in chosen else said

    buttons = [Button(label(word), f"visit:{what}:{word}") for word in words]
    done = (button("button.visit_go_on", f"visit:{what}_done"),) if chosen else ()
    return (*_rows(buttons, 2), (*done, *LEAVE))


def _rows(buttons: list[Button], width: int) -> list[tuple[Button, ...]]:
    return [tuple(buttons[start : start + width]) for start in range(0, len(buttons), width)]
