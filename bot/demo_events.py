"""The events and home visits of a made-up town: a year behind it and a month ahead, booked, attended, judged useful."""

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot.demo_families import Home, Rows, row_id
from bot.events.admission_rows import AdmissionRow, EventAnswerRow
from bot.events.event_rows import BookingChildRow, BookingRow, EventRow
from bot.events.visit_request import Request
from bot.events.visit_rows import HomeVisitRow, VisitorRow
from bot.sealing import Keyring, place_of
from knowledge.districts import DISTRICTS

ZONE = "Asia/Shanghai"
HOST = "示例指导站（虚构）"
_KINDS = (("station", "亲子游戏课"), ("refuel", "育儿加油站"), ("carnival", "亲子嘉年华"), ("course", "祖辈课堂"))


def demo_events(dice: Random, homes: list[Home], events: int, now: datetime) -> Rows:
    """Events in every district, most of them over; families near them book, most of those come."""
    rows: Rows = defaultdict(list)
    near: dict[str, list[Home]] = defaultdict(list)
    for home in homes:
        if "events" in home.agreed:
            near[home.district].append(home)
    today = now.replace(hour=2, minute=0, second=0, microsecond=0)  # ten in the morning in Shanghai
    for number in range(events):
        district = DISTRICTS[number % len(DISTRICTS)][0]
        kind, title = _KINDS[number // len(DISTRICTS) % len(_KINDS)]
        starts_at = today + timedelta(days=dice.randrange(-350, 30), hours=dice.choice((0, 4)))
        _event(dice, rows, number, district, kind, title, starts_at, near[district], now)
    return rows


def _event(
    dice: Random,
    rows: Rows,
    number: int,
    district: str,
    kind: str,
    title: str,
    starts_at: datetime,
    near: list[Home],
    now: datetime,
) -> None:
    event_id, capacity = row_id(5, number), dice.choice((12, 16, 20))
    wish = [home for home in near if dice.random() < 0.1 + 0.25 * home.keen]
    booked = dice.sample(wish, min(len(wish), capacity))
    over = starts_at + timedelta(hours=2) <= now
    rows[EventRow].append({
        "id": event_id, "code": f"DEMO-{number:04}", "kind": kind, "title_zh": f"{title}（示例）",
        "title_en": "Sample event", "host": f"{district}{HOST}", "district": district,
        "place": f"{district}示例路（虚构地址）", "zone": ZONE, "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2), "months_from": 0, "months_to": 36, "capacity": capacity,
        "ceiling": capacity, "taken": len(booked), "status": "done" if over else "published",
        "created_at": starts_at - timedelta(days=20), "changed_at": starts_at - timedelta(days=20),
    })  # fmt: skip
    for place, home in enumerate(booked):
        _booking(dice, rows, event_id, row_id(6, number, place), home, starts_at, over=over)


def _booking(
    dice: Random, rows: Rows, event_id: str, booking_id: str, home: Home, starts_at: datetime, *, over: bool
) -> None:
    made_at, came = starts_at - timedelta(days=9), over and dice.random() < 0.78
    rows[BookingRow].append({
        "id": booking_id, "event_id": event_id, "family_id": home.id, "chat_key": home.chat, "state": "confirmed",
        "children": 1, "adults": 1, "seats": 1, "confirmed_at": made_at,
        "checked_in_at": starts_at if came else None, "created_at": made_at, "changed_at": made_at,
    })  # fmt: skip
    rows[BookingChildRow].append({"booking_id": booking_id, "child_id": home.child_id})
    if not came:
        return
    let_in = {"key": f"booking:{booking_id}", "event_id": event_id, "booking_id": booking_id, "children": 1}
    rows[AdmissionRow].append({**let_in, "adults": 1, "at": starts_at, "by": "demo", "door": "demo"})
    if dice.random() < 0.5:
        said = {"booking_id": booking_id, "question": "useful", "answer": dice.choice(("yes", "yes", "yes", "some"))}
        rows[EventAnswerRow].append({**said, "at": starts_at + timedelta(hours=5)})


def demo_visits(dice: Random, keys: Keyring, homes: list[Home], now: datetime) -> Rows:
    """Home visits to infants of families that keep a calendar: asked for, most of them done."""
    rows: Rows = defaultdict(list)
    visitor: dict[str, Any] = {
        "id": row_id(7, 0), "name": "示例访视员", "organisation": "示例服务中心（虚构）", "card": "DEMO-1",
        "districts": '["黄浦区"]', "active": False, "added_at": now - timedelta(days=400),
    }  # fmt: skip
    rows[VisitorRow].append(visitor)
    infants = [home for home in homes if (now.date() - home.born_on).days < 365 and "calendar" in home.agreed]
    for number, home in enumerate(infants):
        if dice.random() < 0.45:
            continue
        age_days = (now.date() - home.born_on).days
        asked_at = now - timedelta(days=dice.randrange(max(1, age_days)), minutes=7)
        starts_at = (asked_at + timedelta(days=dice.randrange(2, 12))).replace(hour=1, minute=0)
        done = starts_at < now and dice.random() < 0.85
        visit_id = row_id(8, number)
        wish = Request(home.district, None, ("newborn",), ("weekday_am",), "zh").as_text()
        rows[HomeVisitRow].append({
            "id": visit_id, "family_id": home.id, "child_id": home.child_id, "asked_by": home.chat,
            "state": "done" if done else "requested",
            "request": keys.seal(wish, place_of("home_visit", visit_id, "request")),
            "starts_at": starts_at if done else None, "asked_at": asked_at, "changed_at": asked_at,
        })  # fmt: skip
    return rows
