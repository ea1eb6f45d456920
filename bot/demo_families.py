"""The families of a made-up town: children of all ages, who looks after them, what they agreed to, doses, questions.

Nobody in it exists: nicknames come from a list of six, chats are numbers, and no chat can be written to. All by dice with
a fixed seed; `now` moves the whole town along.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlmodel import SQLModel

from bot.care.care_rows import DoseRow, NudgeAnswerRow
from bot.care.nudge_plan import HANDBOOK
from bot.care.sealed_entries import sealed_entry
from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import CaregiverRow, ChildRow, ConsentRow, FamilyRow
from bot.outreach.choice_rows import OutreachChoiceRow
from bot.outreach.muting import EVERYTHING
from bot.outreach.outreach_rows import OutgoingRow
from bot.questions.question_log import QuestionRow
from bot.sealing import Keyring, place_of
from knowledge.birth_date import completed_months
from knowledge.districts import DISTRICTS

Rows = dict[type[SQLModel], list[dict[str, Any]]]

NICKNAMES = ("豆豆", "米米", "团团", "果果", "安安", "朵朵")
WEIGHTS = (4, 8, 6, 8, 9, 5, 9, 15, 12, 9, 30, 3, 9, 5, 5, 0.4)
"""Roughly how many families live in each district, the last with so few that its cells stay empty."""

_ON_TIME = (
    ("HepB", 0), ("BCG", 0), ("HepB", 31), ("IPV", 61), ("DTaP", 62), ("IPV", 93), ("DTaP", 124), ("bOPV", 125),
    ("DTaP", 186), ("HepB", 187), ("MPSV-A", 188), ("MMR", 246), ("JE-L", 246), ("MPSV-A", 281), ("VAR", 370),
    ("DTaP", 552), ("MMR", 553), ("HepA-I", 554), ("JE-L", 735), ("HepA-I", 736), ("MPSV-AC", 1100), ("bOPV", 1465),
    ("VAR", 1466),
)  # fmt: skip
"""Day of life on which a child on time gets what."""

_DECISIONS = (("answer", 78), ("choices", 11), ("no_answer", 8), ("urgent", 2), ("refuse_dose", 1))


@dataclass(frozen=True)
class Home:
    """A made-up family as the events of the town need it."""

    id: str
    chat: str
    district: str
    child_id: str
    born_on: date
    keen: float
    agreed: frozenset[str]


def demo_families(
    dice: Random, keys: Keyring, families: int, now: datetime, wordings: Mapping[str, Sequence[str]]
) -> tuple[Rows, list[Home]]:
    """The rows of so many families, and the families themselves. `wordings`: by topic, what they may ask."""
    rows: Rows = defaultdict(list)
    homes = [_family(dice, keys, rows, number, now) for number in range(families)]
    topics = dice.sample(sorted(wordings), len(wordings))
    liked = [1 / (place + 3) for place in range(len(topics))]  # a few topics are asked by everybody
    for home in homes:
        _questions(dice, rows, home, now, dice.choices(topics, liked, k=_how_many(dice, home)), wordings)
    return rows, homes


def row_id(kind: int, number: int, part: int = 0) -> str:
    """An id of the right length that says that it was made up: it begins with dec0."""
    return f"dec0{kind:02x}{number:07x}{part:03x}"


def _of_child(kind: int, child_id: str, part: int) -> str:
    """The id of something that belongs to a child."""
    return row_id(kind, int(child_id[6:13], 16), 64 * int(child_id[13:], 16) + part)


def _family(dice: Random, keys: Keyring, rows: Rows, number: int, now: datetime) -> Home:
    family_id, joined_at = row_id(1, number), now - timedelta(days=dice.randint(1, 500), minutes=dice.randrange(1440))
    rows[FamilyRow].append({"id": family_id, "created_at": joined_at})
    chance = {"answers": 1.0, "calendar": 0.82, "events": 0.6, "news": 0.58, "statistics": 0.72}
    agreed = frozenset(purpose for purpose, likely in chance.items() if dice.random() < likely)
    chats = _carers(dice, rows, family_id, number, joined_at)
    rows[ConsentRow] += [
        {
            "family_id": family_id,
            "purpose": one,
            "version": CONSENT_VERSION,
            "given_at": joined_at,
            "given_by": chats[0],
        }
        for one in sorted(agreed)
    ]
    district = dice.choices([zh for zh, _ in DISTRICTS], WEIGHTS)[0]
    child_id, born_on = "", now.date()
    for place in range(1 if dice.random() < 0.85 else 2):
        child_id = row_id(3, number, place)
        born_on = now.date() - timedelta(days=int(dice.triangular(5, 6 * 365 - 40, 400)))
        _child(keys, rows, family_id, child_id, NICKNAMES[(number + place) % 6], born_on, district, joined_at)
        if "calendar" in agreed:
            _doses(dice, keys, rows, child_id, born_on, max(joined_at, _at(born_on, now)), now)
            if dice.random() < 0.6:
                _handbook(keys, rows, child_id, now)
    keen = dice.random()
    if "calendar" in agreed:
        _pushes(dice, rows, family_id, child_id, chats[0], joined_at, now)
        if dice.random() < 0.06:
            stopped = {"chat_key": chats[0], "child_id": None, "topic": EVERYTHING, "wanted": False}
            rows[OutreachChoiceRow].append({**stopped, "chosen_at": now - timedelta(days=3)})
    return Home(family_id, chats[-1 if dice.random() < 0.3 else 0], district, child_id, born_on, keen, agreed)


def _carers(dice: Random, rows: Rows, family_id: str, number: int, joined_at: datetime) -> list[str]:
    kins: list[str | None] = [dice.choice(("mother", "mother", "mother", "father", None))]
    if dice.random() < 0.5:
        kins.append(dice.choice(("grandmother", "grandmother", "grandfather", "father", "nanny")))
    chats = [f"dec0{number:024x}{place:04x}" for place in range(len(kins))]
    rows[CaregiverRow] += [
        {
            "id": row_id(2, number, place), "family_id": family_id, "chat_key": chats[place],
            "role": "guardian" if place == 0 else "caregiver", "kin": kin, "joined_at": joined_at,
        }
        for place, kin in enumerate(kins)
    ]  # fmt: skip
    return chats


def _child(
    keys: Keyring, rows: Rows, family_id: str, child_id: str, nickname: str, born_on: date, district: str, at: datetime
) -> None:
    plain = {"nickname": nickname, "born_on": born_on.isoformat(), "district": district}
    sealed = {name: keys.seal(text, place_of("child", child_id, name)) for name, text in plain.items()}
    rows[ChildRow].append({"id": child_id, "family_id": family_id, "added_at": at, **sealed})


def _doses(dice: Random, keys: Keyring, rows: Rows, child_id: str, born_on: date, at: datetime, now: datetime) -> None:
    delay, skips = dice.choice((0, 0, 0, 0, 15, 70)), dice.random() * 0.12
    for place, (code, day) in enumerate(_ON_TIME):
        on = born_on + timedelta(days=day + (dice.randrange(delay) if delay and day else 0))
        if on > now.date() or dice.random() < skips:
            continue
        entry_id = _of_child(4, child_id, place)
        entry = sealed_entry(keys, DoseRow, entry_id, {"code": code, "how": "given", "on": on.isoformat()})
        rows[DoseRow].append({"id": entry_id, "child_id": child_id, "entry": entry, "created_at": at})


def _handbook(keys: Keyring, rows: Rows, child_id: str, now: datetime) -> None:
    entry_id = _of_child(9, child_id, 0)
    entry = sealed_entry(keys, NudgeAnswerRow, entry_id, {"code": HANDBOOK, "number": 1, "until": None})
    rows[NudgeAnswerRow].append(
        {"id": entry_id, "child_id": child_id, "entry": entry, "created_at": now - timedelta(days=2)}
    )


def _pushes(
    dice: Random, rows: Rows, family_id: str, child_id: str, chat: str, joined_at: datetime, now: datetime
) -> None:
    for place in range(dice.randrange(4)):
        at = now - timedelta(days=dice.randrange(1, 150), minutes=dice.randrange(600))
        if at < joined_at:
            continue
        outgoing_id = _of_child(10, child_id, place)
        rows[OutgoingRow].append({
            "id": outgoing_id, "key": f"demo:{outgoing_id}", "chat_key": chat, "family_id": family_id,
            "child_id": child_id, "kind": "nudge", "subject": f"child:{child_id}:demo", "topic": "immunization",
            "lane": "reminder", "due_at": at, "expires_at": at + timedelta(days=1), "on_doubt": "skip",
            "state": "sent", "sent_at": at, "created_at": at, "changed_at": at, "attempts": 1,
        })  # fmt: skip


def _how_many(dice: Random, home: Home) -> int:
    return int(dice.expovariate(1 / (9 * home.keen + 0.5)))


def _questions(
    dice: Random, rows: Rows, home: Home, now: datetime, topics: Sequence[str], wordings: Mapping[str, Sequence[str]]
) -> None:
    names, weights = [name for name, _ in _DECISIONS], [weight for _, weight in _DECISIONS]
    for topic_id in topics:
        asked_at = now - timedelta(days=int(dice.triangular(0, 180, 20)), minutes=dice.randrange(1, 900))
        decision = "urgent" if topic_id.startswith("emergency.") else dice.choices(names, weights)[0]
        answered = decision == "answer"
        rows[QuestionRow].append({
            "chat_key": home.chat, "asked_at": asked_at, "channel": dice.choice(("telegram", "web")),
            "language": "zh", "text": dice.choice(wordings[topic_id]), "age_months": max(0, min(completed_months(home.born_on, asked_at.date()), 36)),
            "decision": decision, "urgency": "go_now" if decision == "urgent" else "none",
            "topics": json.dumps([topic_id] if decision in {"answer", "choices", "urgent"} else []),
            "confidence": round(dice.uniform(0.55, 0.99) if answered else dice.uniform(0.1, 0.6), 4),
            "edition": "demo", "helpful": dice.choice((True, True, True, False)) if dice.random() < 0.2 else None,
        })  # fmt: skip


def _at(day: date, like: datetime) -> datetime:
    return like.replace(year=day.year, month=day.month, day=day.day, hour=4)
