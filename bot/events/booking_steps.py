"""The steps of a booking: keep seats, confirm, change who comes, cancel, wait; each answers what stands afterwards."""

from bot.events.booking_desk import children_here, children_of_entry, desk_of, family_for, my_entry, wish_of
from bot.events.bookings import cancel, change, confirm, hold, say_coming
from bot.events.entries import Entry, Granted, Refused, entry_of, live_entry
from bot.events.event_browsing import number_in, shown_event
from bot.events.event_file import MEDIA_TYPE, event_file
from bot.events.event_pages import entry_page, hold_page, party_rows, title_of, when_say, who_say
from bot.events.event_rows import BookingRow, EventRow
from bot.events.event_search import chance_of, fitting_children, local_day
from bot.events.seat_claims import terms_of
from bot.events.seats import Party, why_not_age
from bot.events.waiting_list import join
from bot.families.child import Child
from bot.flow import Visit, button
from bot.messages import Attachment, Button, Reply, Say
from knowledge.birth_date import completed_months

FILE_NAME = "qihui-event.ics"


def claim_places(visit: Visit, verb: str, event_id: str, child_ids: tuple[str, ...]) -> Reply:
    """One tap where one child fits; several are asked about first."""
    event = shown_event(visit, event_id)
    family_id = family_for(visit)
    children = [one for one in children_here(visit) if one.family_id == family_id]
    fitting = fitting_children(event, children)
    waits = verb.startswith("wait")
    if not fitting:
        return _no_child_fits(event, children)
    if verb in {"book", "wait"}:
        known = live_entry(visit.session, event.id, family_id)
        if known is not None and known.state != "waiting":
            return _entry_reply(visit, event, entry_of(visit.session, known))
        if len(fitting) > 1:
            return _which_children(event, fitting, "waitkids" if waits else "kids")
    chosen = [one for one in fitting if one.id in child_ids] if child_ids else list(fitting[: event.most_children])
    if not chosen:
        return _no_child_fits(event, children)
    wish = wish_of(visit, event.id, family_id, chosen)
    answer = join(desk_of(visit), wish) if waits else hold(desk_of(visit), wish)
    if isinstance(answer, Refused):
        return _refused(event, answer)
    return _entry_reply(visit, event, answer.entry)


def _which_children(event: EventRow, fitting: tuple[Child, ...], verb: str) -> Reply:
    rows: list[tuple[Button, ...]] = [
        (button("button.only_child", f"event:{verb}:{event.id}:{one.id}", nickname=one.nickname),) for one in fitting
    ]
    if event.most_children > 1:
        rows.append((button("button.children_together", f"event:{verb}:{event.id}"),))
    return Reply((Say("booking.which_children"),), tuple(rows))


def decide(visit: Visit, verb: str, booking_id: str) -> Reply:
    """Answer a hold, an offer or a question: yes, no, cannot come, coming."""
    event, entry = my_entry(visit, booking_id, "record")
    if verb == "yes":
        answer = confirm(desk_of(visit), booking_id)
        if isinstance(answer, Granted):
            return _entry_reply(visit, event, answer.entry)
        return _refused(event, answer)
    if verb == "coming":
        answer = say_coming(desk_of(visit), booking_id)
        return _refused(event, answer) if isinstance(answer, Refused) else Reply((Say("booking.coming_noted"),))
    answer = cancel(desk_of(visit), booking_id)
    if isinstance(answer, Refused):
        return _refused(event, answer)
    key = {"held": "booking.let_go", "offered": "booking.declined_noted"}.get(entry.state, "booking.cancelled_noted")
    key = "booking.was_over" if answer.already else key
    row = (button("button.all_events", "event:list:0"), button("button.my_bookings", "event:mine"))
    return Reply((Say(key, {"title": title_of(event, visit.language)}),), (row,))


def change_who(visit: Visit, verb: str, booking_id: str, arguments: tuple[str, ...]) -> Reply:
    """Another number of adults, or other children: all their places, or the entry as it was."""
    event, entry = my_entry(visit, booking_id, "record")
    children = children_of_entry(visit, entry)
    adults = entry.party.adults
    if verb == "adults":
        adults = number_in(arguments[0] if arguments else "")
    else:
        fitting = fitting_children(event, children_here(visit))
        children = [one for one in fitting if not arguments or one.id in arguments][: event.most_children]
    party = Party(len(children) or entry.party.children, adults)
    answer = change(desk_of(visit), booking_id, party, tuple(one.id for one in children))
    if isinstance(answer, Refused):
        before = Say("booking.unchanged", look="note")
        reply = _refused(event, answer)
        return Reply((*reply.lines, before), ((button("button.event_mine", f"event:entry:{entry.id}"),),))
    return _entry_reply(visit, event, answer.entry)


def look(visit: Visit, verb: str, booking_id: str) -> Reply:
    """The family's own entry, its file, or a question before something is changed."""
    event, entry = my_entry(visit, booking_id, "see")
    match verb:
        case "entry":
            return _entry_reply(visit, event, entry)
        case "ics":
            content = event_file([event], visit.language, visit.now)
            key = "booking.file_off" if event.status == "cancelled" else "booking.file"
            return Reply((Say(key),), attachment=Attachment(FILE_NAME, MEDIA_TYPE, content))
        case "drop":
            sure = button("button.cancel_sure", f"event:dropped:{entry.id}")
            keep = button("button.cancel_not", f"event:entry:{entry.id}")
            return Reply((Say("booking.cancel_ask", {"title": title_of(event, visit.language)}),), ((sure, keep),))
        case "who":
            fitting = fitting_children(event, [one for one in children_here(visit) if one.family_id == entry.family_id])
            rows: list[tuple[Button, ...]] = [
                (button("button.only_child", f"event:with:{entry.id}:{one.id}", nickname=one.nickname),)
                for one in fitting
            ]
            if event.most_children > 1 and len(fitting) > 1:
                rows.append((button("button.children_together", f"event:with:{entry.id}"),))
            return Reply((Say("booking.which_children"),), tuple(rows))
        case _:
            choices = party_rows(event, entry, others=_others(visit, event, entry))
            choices.append((button("button.event_mine", f"event:entry:{entry.id}"),))
            return Reply((who_say(children_of_entry(visit, entry), entry), Say("booking.change_how")), tuple(choices))


def _entry_reply(visit: Visit, event: EventRow, entry: Entry) -> Reply:
    """What stands after a step: the hold with its buttons, the place on the list, or the booking."""
    children = children_of_entry(visit, entry)
    event = visit.session.get_one(EventRow, event.id, populate_existing=True)
    if entry.state == "held":
        return hold_page(event, entry, children, _others(visit, event, entry), visit.language)
    page = entry_page(event, entry, children, visit.language, visit.now)
    if entry.state == "waiting":
        place, how_likely = chance_of(visit.session, visit.session.get_one(BookingRow, entry.id), event)
        more = (
            Say("booking.place", {"place": place}),
            Say(f"chance.{how_likely}"),
            Say("booking.list_how", look="note"),
        )
        return Reply((*page.lines, *more), page.buttons)
    if entry.state == "offered" and entry.held_until is not None:
        until = when_say(entry.held_until, event.zone)
        return Reply((Say("booking.offer_until", {"until": until}, "alert"), *page.lines), page.buttons)
    return page


def _others(visit: Visit, event: EventRow, entry: Entry) -> bool:
    fitting = fitting_children(event, [one for one in children_here(visit) if one.family_id == entry.family_id])
    return len(fitting) > 1


def _refused(event: EventRow, refused: Refused) -> Reply:
    values: dict[str, str | int] = {
        "free": refused.free, "most_children": event.most_children, "most_adults": event.most_adults,
    }  # fmt: skip
    line = Say(f"event.no_{refused.why}", values)
    if refused.why == "not_open" and event.opens_at is not None:
        line = Say("event.no_not_open", {"when": when_say(event.opens_at, event.zone)})
    rows: list[tuple[Button, ...]] = []
    if refused.why in {"full", "list_first"}:
        rows.append((button("button.join_list", f"event:wait:{event.id}"),))
    rows.append((button("button.all_events", "event:list:0"),))
    return Reply((line,), tuple(rows))


def _no_child_fits(event: EventRow, children: list[Child]) -> Reply:
    if not children:
        return Reply((Say("event.no_child_known"),), ((button("button.add_child", "child:add"),),))
    months = [completed_months(one.born_on, local_day(event)) for one in children]
    why = why_not_age(months[0], terms_of(event)) if len(set(months)) == 1 else None
    values: dict[str, str | int] = {"from": event.months_from, "to": event.months_to}
    return Reply(
        (Say(f"event.no_{why}" if why else "event.no_age", values),), ((button("button.all_events", "event:list:0"),),)
    )
