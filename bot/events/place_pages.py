"""Service points as replies: the address, when and how to reach it, who checked it when, a link to a map."""

from collections.abc import Iterable
from datetime import date

from bot.events.map_link import map_link
from bot.flow import button
from bot.messages import Button, Quote, Reply, Say, Value
from knowledge.districts import DISTRICTS, slug_of
from knowledge.near_places import Found
from knowledge.places import PLACE_KINDS, Place, PlaceKind

LEAVE = (button("button.places_enough", "flow:off"),)


def place_lines(found: Found, today: date) -> list[Say | Quote]:
    """Everything about one place. One that nobody checked lately says so before anything else."""
    place = found.place
    lines: list[Say | Quote] = [Quote(place.name, "title")]
    if place.sample:
        lines.append(Say("places.sample", look="alert"))
    if not place.is_fresh(today):
        lines.append(Say("places.stale", {"day": place.verified_on}, "alert"))
    where: dict[str, Value] = {"kind": _kind_say(place.kind), "address": _address(place)}
    if found.metres is None:
        lines.append(Say("places.where", where))
    else:
        lines.append(Say("places.where_far", {**where, "distance": distance_say(found.metres)}))
    lines.append(Say("places.hours", {"hours": place.hours}) if place.hours else Say("places.no_hours"))
    lines.append(Say("places.phone", {"phone": place.phone}) if place.phone else Say("places.no_phone"))
    lines.append(Say("places.map", {"link": map_link(place)}))
    lines.append(Say("places.verified", {"day": place.verified_on, "source": place.source}, "source"))
    return lines


def distance_say(metres: float) -> Say:
    """A distance as people say it: to 50 metres below one kilometre, then to 100 metres."""
    if metres < 1000:
        return Say("places.metres", {"metres": max(50, round(metres / 50) * 50)})
    return Say("places.kilometres", {"kilometres": f"{metres / 1000:.1f}"})


def found_page(found: list[Found], today: date, kind: PlaceKind | None, *before: Say) -> Reply:
    """The places that were found."""
    lines: list[Say | Quote] = list(before)
    for one in found:
        lines += place_lines(one, today)
    lines.append(Say("places.ask_first", look="note"))
    return Reply(tuple(lines), (*kind_rows(kind), LEAVE))


def ask_where(kind: PlaceKind | None, known_district: str | None, *before: Say) -> Reply:
    """Where to look: the districts as buttons, a street or name typed, or a location sent."""
    what = Say("places.any_kind") if kind is None else _kind_say(kind)
    lines = (*before, Say("places.ask_where", {"kind": what}), Say("places.location_used", look="note"))
    districts = [(zh, number) for number, (zh, _) in enumerate(DISTRICTS)]
    districts.sort(key=lambda one: one[0] != known_district)
    names = [button(f"district.{slug_of(zh)}", f"places:in:{number}") for zh, number in districts]
    return Reply(lines, (*kind_rows(kind), *_rows(names, 4), LEAVE))


def none_loaded() -> Reply:
    """No register was taken in: say so, and where the right addresses are."""
    return Reply((Say("places.none_loaded"), Say("places.official", look="bullet"), Say("places.call", look="bullet")))


def kind_rows(chosen: PlaceKind | None) -> list[tuple[Button, ...]]:
    """The kinds that are not chosen now, two a row."""
    others = [button(f"places.kind.{kind}", f"places:kind:{kind}") for kind in PLACE_KINDS if kind != chosen]
    return _rows(others, 2)


def _kind_say(kind: PlaceKind) -> Say:
    return Say(f"places.kind.{kind}")


def _address(place: Place) -> str:
    """District and street before the road, each once."""
    parts = [part for part in (place.district, place.street) if part and part not in place.address]
    return "".join([*parts, place.address])


def _rows(buttons: Iterable[Button], width: int) -> list[tuple[Button, ...]]:
    flat = list(buttons)
    return [tuple(flat[start : start + width]) for start in range(0, len(flat), width)]
