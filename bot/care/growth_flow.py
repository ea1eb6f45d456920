"""The growth log as a conversation: numbers typed, doubtful ones asked back, then the words and the picture."""

from dataclasses import replace
from datetime import date

from bot.care.care_rows import MeasurementRow
from bot.care.growth_picture import growth_picture
from bot.care.measurements import check_measured, measured_child, measurements_of, record_measurement
from bot.care.sealed_entries import calendar_child, undo_entry
from bot.errors import Refusal
from bot.families.child import Child, age_say
from bot.families.membership import memberships
from bot.families.roles import may
from bot.flow import GO_ON, Aside, Flow, Said, Step, Turn, Visit, button
from bot.messages import Button, Quote, Reply, Say, Value
from knowledge.faults import InputFault
from knowledge.growth_assessment import Assessment, assess
from knowledge.growth_entry import GrowthUnclear, read_growth_entry
from knowledge.growth_reading import Measurement, Position, Quantity
from knowledge.growth_words import growth_sentences
from knowledge.load_growth import load_growth_standard, load_growth_words

NAME = "growth"
MOST_SHOWN = 6
_QUANTITIES: tuple[Quantity, ...] = ("weight", "length", "head")
_CONFIRMED = frozenset(
    {"记下", "要", "好", "好的", "ok", "没写错", "没错", "对", "是的", "确认", "right", "correct", "yes"}
)
_LEAVE = ((button("button.leave_it", "flow:off"),),)


def growth_flow() -> Flow:
    """The flow as a value."""
    return Flow(NAME, press=_press, hear=_hear, ask=_ask)


def open_growth(visit: Visit, child_id: str) -> Turn:
    """What was measured last, and the question for new numbers."""
    child = calendar_child(visit, child_id, "see")
    may_record = _may_record(visit, child)
    if child.sex is None:
        row = (button("button.for_growth", f"child:change:sex:{child.id}"),) if may_record else ()
        return Turn(Reply((Say("growth.sex_needed", {"nickname": child.nickname}),), (row,) if row else ()))
    known = [one for _, one in measurements_of(visit, child_id)]
    title: dict[str, Value] = {"nickname": child.nickname, "age": age_say(child.born_on, visit.today)}
    lines: list[Say | Quote] = [Say("growth.title", title, "title"), *(_line(one) for one in known[-3:])]
    rows: list[tuple[Button, ...]] = []
    if known:
        rows.append(
            (button("button.chart", f"growth:chart:{child.id}"), button("button.records", f"growth:records:{child.id}"))
        )
    if not may_record:
        return Turn(Reply((*lines, *(() if known else (Say("growth.none"),))), tuple(rows)), None, child_id=child.id)
    lines.append(Say("growth.ask"))
    return Turn(Reply(tuple(lines), (*rows, *_LEAVE)), Step(NAME, "numbers", {"child": child.id}), child_id=child.id)


def offer_measurement(visit: Visit, child: Child, text: str) -> Turn | None:
    """Numbers that were typed without being asked for, to be noted by one tap; None where the text says anything else."""
    read = read_growth_entry(text, child.born_on, visit.today)
    if read is None or isinstance(read, GrowthUnclear):
        return None
    if child.sex is None:
        return open_growth(visit, child.id)
    measured = Measurement(read.on or visit.today, read.weight_kg, read.length_cm, read.head_cm, read.position)
    return _offered(child, Step(NAME, "offered", {"child": child.id, **_draft(measured)}))


def _offered(child: Child, step: Step) -> Turn:
    values: dict[str, Value] = {"nickname": child.nickname, "line": _line(_drafted(step))}
    row = (button("button.note_it", "growth:note"), button("button.leave_it", "flow:off"))
    return Turn(Reply((Say("growth.offer", values),), (row,)), step, child_id=child.id)


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    verb, _, rest = argument.partition(":")
    match verb:
        case "open":
            return open_growth(visit, rest)
        case "chart":
            return _chart(visit, rest)
        case "records":
            return _records(visit, rest)
        case "undo":
            child = undo_entry(visit, MeasurementRow, rest)
            return _records(visit, child.id, Say("calendar.undone"))
    if verb == "note" and step is not None and step.flow == NAME and step.name == "offered":
        return _take(visit, step.draft["child"], _drafted(step))
    if step is not None and step.flow == NAME and step.name == "doubt":
        if verb == "confirm":
            return _take(visit, step.draft["child"], _drafted(step), confirmed=True)
        quantity, _, number = rest.partition(":")
        meant = next((one for one in _QUANTITIES if verb == "meant" and one == quantity), None)
        if meant is not None and number.replace(".", "", 1).isdecimal() and number.isascii():
            return _take(visit, step.draft["child"], _drafted(step).with_value(meant, float(number)))
    return Turn(Reply((Say("button_gone"),)), step)


def _hear(visit: Visit, step: Step, said: Said) -> Turn | Aside:
    if step.name == "doubt" and said.text.strip(' 。.!！“”"').lower() in _CONFIRMED:
        return _take(visit, step.draft["child"], _drafted(step), confirmed=True)
    if step.name == "offered" and said.text.strip(' 。.!！“”"').lower() in _CONFIRMED:
        return _take(visit, step.draft["child"], _drafted(step))
    child = calendar_child(visit, step.draft["child"], "record")
    read = read_growth_entry(said.text, child.born_on, visit.today)
    if read is None:
        return Aside(step, GO_ON)
    if isinstance(read, GrowthUnclear):
        return Turn(Reply((Say("growth.unclear"),), _LEAVE), step)
    measured = Measurement(read.on or visit.today, read.weight_kg, read.length_cm, read.head_cm, read.position)
    return _take(visit, child.id, measured, step=step)


def _ask(visit: Visit, step: Step) -> Turn:
    if step.name == "doubt":
        return _take(visit, step.draft["child"], _drafted(step))
    if step.name == "offered":
        return _offered(calendar_child(visit, step.draft["child"], "record"), step)
    return open_growth(visit, step.draft["child"])


def _take(
    visit: Visit, child_id: str, measured: Measurement, *, confirmed: bool = False, step: Step | None = None
) -> Turn:
    """Ask back what is doubtful, else write it down and show where it lies."""
    child = calendar_child(visit, child_id, "record")
    try:
        check_measured(child, measured, visit.today)
    except Refusal as refusal:
        if step is None:
            raise
        return Turn(Reply((Say(refusal.phrase, refusal.values),), _LEAVE), step)
    found = _assessed(visit, child, measured, confirmed=confirmed)
    if found.doubts:
        return _asked_back(visit, child, found)
    entry_id = record_measurement(visit, child.id, measured)
    latest = measurements_of(visit, child.id)[-1][1]
    shown = found if latest.on == measured.on else _assessed(visit, child, latest, confirmed=True)
    reply = _shown(visit, child, shown, Say("growth.written", {"nickname": child.nickname, "day": measured.on}))
    undo = (button("button.undo", f"growth:undo:{entry_id}"),)
    return Turn(replace(reply, buttons=(undo, *reply.buttons)), None, child_id=child.id)


def _asked_back(visit: Visit, child: Child, found: Assessment) -> Turn:
    words = load_growth_words()[visit.language]
    lines = tuple(Quote(line) for line in growth_sentences(words, found))
    rows = [
        (
            button(
                "button.meant",
                f"growth:meant:{doubt.quantity}:{slip.value:g}",
                value=f"{slip.value:g}",
                unit=words.say(f"unit.{doubt.quantity}"),
            ),
        )
        for doubt in found.doubts
        for slip in doubt.slips
    ]
    if not any(doubt.surely for doubt in found.doubts):
        rows.append((button("button.it_is_right", "growth:confirm"),))
    return Turn(Reply(lines, (*rows, *_LEAVE)), Step(NAME, "doubt", {"child": child.id, **_draft(found.measurement)}))


def _chart(visit: Visit, child_id: str) -> Turn:
    child = calendar_child(visit, child_id, "see")
    known = [one for _, one in measurements_of(visit, child_id)]
    if not known:
        return Turn(Reply((Say("growth.none"),)), None, child_id=child.id)
    measured_child(child)
    return Turn(_shown(visit, child, _assessed(visit, child, known[-1], confirmed=True)), None, child_id=child.id)


def _shown(visit: Visit, child: Child, found: Assessment, *before: Say) -> Reply:
    """The words about a measurement with the picture; while something is surely wrong, the words alone."""
    words = load_growth_words()[visit.language]
    lines: list[Say | Quote] = [*before, *(Quote(line) for line in growth_sentences(words, found))]
    row = (
        button("button.records", f"growth:records:{child.id}"),
        button("button.calendar", f"calendar:next:{child.id}"),
    )
    picture = None
    if not found.doubts:
        picture = growth_picture(found.child, found.measurement, found.earlier, visit.language)
    return Reply(tuple(lines), (row,), attachment=picture)


def _records(visit: Visit, child_id: str, *before: Say) -> Turn:
    child = calendar_child(visit, child_id, "see")
    known = measurements_of(visit, child_id)
    title: dict[str, Value] = {"nickname": child.nickname, "age": age_say(child.born_on, visit.today)}
    lines = [*before, Say("growth.title", title, "title"), *(_line(one) for _, one in known)]
    rows = []
    if _may_record(visit, child):
        rows = [
            (button("button.undo_day", f"growth:undo:{entry_id}", day=one.on),) for entry_id, one in known[-MOST_SHOWN:]
        ]
    back = (button("button.growth_again", f"growth:open:{child.id}"),)
    return Turn(Reply((*lines, *(() if known else (Say("growth.none"),))), (*rows, back)), None, child_id=child.id)


def _assessed(visit: Visit, child: Child, measured: Measurement, *, confirmed: bool) -> Assessment:
    earlier = tuple(one for _, one in measurements_of(visit, child.id) if child.born_on <= one.on < measured.on)
    try:
        return assess(load_growth_standard(), measured_child(child), measured, earlier, confirmed=confirmed)
    except InputFault as fault:  # the birth date was changed since
        raise Refusal("growth.too_old" if fault.key == "too_old" else "growth.before_birth") from fault


def _line(one: Measurement) -> Say:
    parts = tuple(
        Say(f"growth.{quantity}", {"value": f"{value:g}"})
        for quantity in _QUANTITIES
        if (value := one.value(quantity)) is not None
    )
    return Say("growth.line", {"day": one.on, "parts": parts}, "bullet")


def _draft(measured: Measurement) -> dict[str, str]:
    values = {quantity: measured.value(quantity) for quantity in _QUANTITIES}
    numbers: dict[str, str] = {quantity: f"{value:g}" for quantity, value in values.items() if value is not None}
    return {"on": measured.on.isoformat(), "position": measured.position or "", **numbers}


def _drafted(step: Step) -> Measurement:
    position: Position | None = next((one for one in ("lying", "standing") if one == step.draft["position"]), None)
    weight, length, head = (float(step.draft[one]) if one in step.draft else None for one in _QUANTITIES)
    return Measurement(date.fromisoformat(step.draft["on"]), weight, length, head, position)


def _may_record(visit: Visit, child: Child) -> bool:
    return any(one.family_id == child.family_id and may(one.role, "record") for one in memberships(visit))
