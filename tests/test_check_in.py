"""The door: one code lets in once, whoever scans; lists are told without doubles; those who came are asked."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from openpyxl import load_workbook
from sqlmodel import Session, select

from bot.conversation.conversation import Conversation
from bot.conversation.render import render
from bot.database import Database
from bot.errors import Refusal
from bot.events import door as at_the_door
from bot.events.admission_rows import AdmissionRow, EventAnswerRow
from bot.events.attendance_file import attendance_xlsx
from bot.events.bookings import hold
from bot.events.door import (
    AlreadyIn,
    Attendance,
    Doorkeeper,
    LetIn,
    NotIn,
    OtherEvent,
    admit,
    attendance,
    no_shows,
    pass_for,
    walk_in,
)
from bot.events.door_list import as_csv, attendance_table, door_list, harmless, take_in
from bot.events.entries import Desk, Granted, Wish
from bot.events.event_questions import ask_after_events, compose_questions, what_was_said
from bot.events.event_rows import BookingRow
from bot.events.events import EventDraft, add_event, cancel_event, publish
from bot.events.pass_code import LETTERS, code_in, new_code, picture, shown
from bot.events.seats import Party
from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import CaregiverRow, ChildRow, ConsentRow, FamilyRow, new_id
from bot.messages import Reply
from bot.outreach.composing import Due, Withhold
from bot.outreach.outreach_rows import OutgoingRow
from bot.questions.asking import Asking
from bot.sealing import place_of
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent

START = datetime(2026, 11, 28, 1, 30, tzinfo=UTC)
KEEPER = Doorkeeper("王老师", "东门")


class Fair:
    """A database with two events and the families that booked."""

    def __init__(self, database: Database, now: datetime = START - timedelta(days=3)) -> None:
        self.database, self.booked_at = database, now
        with database.transaction() as session:
            desk = Desk(session, KEYS, now)
            self.event, self.other = (self._event(desk, code) for code in ("A", "B"))

    @staticmethod
    def _event(desk: Desk, code: str) -> str:
        event_id = add_event(
            desk,
            EventDraft(
                code=code,
                kind="refuel",
                title_zh=f"加油站{code}",
                host="站",
                district="静安区",
                place="某处",
                starts_at=START,
                ends_at=START + timedelta(hours=1),
                months_from=0,
                months_to=36,
                capacity=3,
            ),
        )
        publish(desk, event_id)
        return event_id

    def books(self, event_id: str | None = None, nickname: str = "豆豆", chat: str | None = None) -> tuple[str, str]:
        """A family with one booking. Returns the booking and its code."""
        with self.database.transaction() as session:
            family, child = new_id(), new_id()
            session.add(FamilyRow(id=family, created_at=self.booked_at))
            session.flush()
            sealed = {
                name: KEYS.seal(text, place_of("child", child, name))
                for name, text in (("nickname", nickname), ("born_on", "2026-03-01"))
            }
            session.add(ChildRow(id=child, family_id=family, added_at=self.booked_at, **sealed))
            session.add(
                ConsentRow(family_id=family, purpose="events", version=CONSENT_VERSION, given_at=self.booked_at)
            )
            session.add(
                CaregiverRow(
                    id=new_id(), family_id=family, chat_key=chat or family, role="guardian", joined_at=self.booked_at
                )
            )
            session.flush()
            wish = Wish(event_id or self.event, family, Party(1, 2), chat or family, (child,))
            granted = hold(Desk(session, KEYS, self.booked_at), wish, confirmed=True)
            assert isinstance(granted, Granted)
            return granted.entry.id, pass_for(session, granted.entry.id)

    def does(self, move: Callable, *arguments, at: datetime = START, **named):
        with self.database.transaction() as session:
            return move(Desk(session, KEYS, at), *arguments, **named)


@pytest.fixture
def fair(any_database: Database) -> Fair:
    return Fair(any_database)


def test_a_code_is_read_as_people_and_cameras_give_it() -> None:
    code = new_code()
    for text in (
        code,
        shown(code),
        f" {shown(code).lower()} ",
        f"qihui:{code}",
        f"QIHUI:{shown(code)}",
        "－".join((code[:4], code[4:])),
    ):
        assert code_in(text) == code
    for text in ("", "K7QM", "K7QM-3XPA-2", "0IL1-OOOO", "hello there", "QIHUI:"):
        assert code_in(text) is None
    assert not set("01ILO") & set(LETTERS)
    assert picture(code).startswith(b"\x89PNG")


def test_a_booking_is_let_in_once_and_then_told_when_and_where(fair: Fair) -> None:
    _, code = fair.books()
    assert fair.does(admit, fair.event, shown(code), KEEPER, at=START) == LetIn(
        fair.does(lambda desk: desk.session.exec(select(BookingRow.id)).one()), 1, 2
    )
    later = fair.does(admit, fair.event, code, Doorkeeper("陈老师", "西门"), at=START + timedelta(minutes=5))
    assert later == AlreadyIn(START, "王老师", "东门")


@pytest.mark.parametrize(("minutes", "why"), [(-121, "not_yet"), (-119, None), (179, None), (181, "over")])
def test_the_door_opens_before_the_start_and_closes_after_the_end(
    database: Database, minutes: int, why: str | None
) -> None:
    fair = Fair(database)
    _, code = fair.books()
    outcome = fair.does(admit, fair.event, code, KEEPER, at=START + timedelta(minutes=minutes))
    assert (outcome.why if isinstance(outcome, NotIn) else None) == why


def test_what_must_not_come_in_hears_why_and_changes_nothing(fair: Fair) -> None:
    booking, code = fair.books()
    _, elsewhere = fair.books(fair.other)
    assert fair.does(admit, fair.event, elsewhere, KEEPER) == OtherEvent("加油站B", START)
    assert fair.does(admit, fair.event, "K7QM-3XPA", KEEPER) == NotIn("unknown_code")
    assert fair.does(admit, fair.event, "nonsense", KEEPER) == NotIn("unknown_code")
    assert fair.does(admit, "nowhere", code, KEEPER) == NotIn("no_event")
    fair.does(
        lambda desk: __import__("bot.events.bookings", fromlist=["cancel"]).cancel(desk, booking),
        at=START - timedelta(hours=5),
    )
    assert fair.does(admit, fair.event, code, KEEPER) == NotIn("not_booked")
    fair.does(lambda desk: cancel_event(desk, fair.other), at=START - timedelta(hours=5))
    assert fair.does(admit, fair.other, elsewhere, KEEPER) == NotIn("cancelled")
    with fair.database.transaction() as session:
        assert session.exec(select(AdmissionRow)).all() == []


def scan(fair: Fair, code: str, let_in: Callable | None = None, scanners: int = 10) -> Counter:
    together = Barrier(scanners)

    def one(number: int) -> str:
        together.wait()
        with fair.database.transaction() as session:
            desk = Desk(session, KEYS, START)
            outcome = (let_in or admit)(desk, fair.event, code, Doorkeeper(f"人{number}", f"门{number}"))
            return f"already {outcome.by} {outcome.door}" if isinstance(outcome, AlreadyIn) else type(outcome).__name__

    with ThreadPoolExecutor(scanners) as pool:
        return Counter(pool.map(one, range(scanners)))


def test_ten_scanners_with_one_code_one_admits_nine_see_where(fair: Fair) -> None:
    _, code = fair.books()
    outcomes = scan(fair, code)
    assert outcomes["LetIn"] == 1
    (told,) = [outcome for outcome in outcomes if outcome != "LetIn"]
    assert outcomes[told] == 9
    with fair.database.transaction() as session:
        (row,) = session.exec(select(AdmissionRow)).all()
    assert told == f"already {row.by} {row.door}"


@pytest.mark.postgres
def test_without_the_guard_more_than_one_is_let_in(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look, then let in: what two telephones at one door do without a conditional update."""
    database = Database(postgres_url)
    database.downgrade("base")
    database.upgrade()
    fair = Fair(database)
    _, code = fair.books()
    looked = Barrier(10)

    def careless(desk: Desk, booking_id: str) -> bool:
        row = desk.session.get(BookingRow, booking_id)
        free = row.checked_in_at is None
        looked.wait()
        row.checked_in_at = desk.now
        return free

    monkeypatch.setattr(at_the_door, "check_in", careless)
    assert scan(fair, code)["LetIn"] > 1
    database.engine.dispose()


def test_walk_ins_are_counted_without_a_name_and_said_when_the_room_is_full(fair: Fair) -> None:
    _, code = fair.books()
    fair.does(admit, fair.event, code, KEEPER)
    assert fair.does(walk_in, fair.event, "one", 2, 1, KEEPER) == LetIn(None, 2, 1)
    assert isinstance(fair.does(walk_in, fair.event, "one", 2, 1, KEEPER), AlreadyIn)
    assert fair.does(walk_in, fair.event, "two", 1, 1, KEEPER).over
    for children, adults in ((0, 0), (-1, 2), (21, 1)):
        assert fair.does(walk_in, fair.event, "odd", children, adults, KEEPER) == NotIn("party")
    assert fair.does(attendance, fair.event) == Attendance(1, 1, 2, 4, 4, None)


def test_who_did_not_come_is_known_when_it_is_over(fair: Fair) -> None:
    _, code = fair.books()
    absent, _ = fair.books()
    fair.does(admit, fair.event, code, KEEPER)
    assert fair.does(attendance, fair.event, at=START + timedelta(hours=1)).no_shows == 1
    assert fair.does(lambda desk: no_shows(desk.session, fair.event)) == [absent]


def filled_in(fair: Fair, arrived: dict[str, str], walk_ins: tuple[tuple[str, str, str], ...] = ()) -> str:
    rows = list(csv.DictReader(io.StringIO(as_csv(fair.does(door_list, fair.event)).decode("utf-8-sig"))))
    for row in rows:
        row["arrived"] = arrived.get(row["code"], row["arrived"])
    for row, (children, adults, at) in zip(
        [row for row in rows if row["line"].startswith("W")], walk_ins, strict=False
    ):
        row |= {"children": children, "adults": adults, "arrived": at}
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def state_of(database: Database) -> list:
    with database.transaction() as session:
        admissions = [row.model_dump() for row in session.exec(select(AdmissionRow).order_by(AdmissionRow.key))]
        return [admissions, [row.checked_in_at for row in session.exec(select(BookingRow).order_by(BookingRow.id))]]


def test_a_list_told_five_times_is_as_if_told_once(fair: Fair) -> None:
    codes = [fair.books(nickname=name)[1] for name in ("=1+1", "豆豆", "毛毛")]
    file = as_csv(fair.does(door_list, fair.event))
    assert file.startswith(b"\xef\xbb\xbf")
    assert "豆豆" in file.decode()
    fair.does(admit, fair.event, codes[1], KEEPER, at=START - timedelta(minutes=10))
    text = filled_in(fair, {shown(codes[0]): "9:35"}, (("1", "2", "09:40"),))
    told = fair.does(take_in, fair.event, text, KEEPER, at=START + timedelta(days=2))
    assert (told.let_in, told.already) == (2, 1)
    once = state_of(fair.database)
    assert [row["at"] for row in once[0]].count(START + timedelta(minutes=5)) == 1
    for _ in range(4):
        again = fair.does(take_in, fair.event, text, KEEPER, at=START + timedelta(days=3))
        assert (again.let_in, again.already) == (0, 3)
        assert state_of(fair.database) == once


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("9:35", "half past", "door.list.time"),
        ("9:35", "25:00", "door.list.time"),
        ("9:35", "03:00", "door.list.not_yet"),
        ("line,name", "x,name", "door.list.heading"),
        ("1,2,,09:40", "x,2,,09:40", "door.list.party"),
        ("1,2,,09:40", "0,0,,09:40", "door.list.party"),
        ("1,2,,09:40", "1,2,K7QM-3XPA,09:40", "door.list.unknown_code"),
        ("1,2,,09:40", "1,2,zzz,09:40", "door.list.unknown_code"),
    ],
)
def test_a_list_with_a_fault_says_which_line_and_changes_nothing(
    database: Database, old: str, new: str, why: str
) -> None:
    fair = Fair(database)
    _, code = fair.books()
    text = filled_in(fair, {shown(code): "9:35"}, (("1", "2", "09:40"),))
    assert old in text
    before = state_of(database)
    with pytest.raises(Refusal) as refused:
        fair.does(take_in, fair.event, text.replace(old, new), KEEPER)
    assert refused.value.phrase == why
    assert why == "door.list.heading" or refused.value.values["line"] in {2, 3}
    assert state_of(database) == before


def test_the_attendance_goes_out_as_a_spreadsheet(fair: Fair) -> None:
    (_, came), _absent = fair.books(nickname="豆豆"), fair.books(nickname="毛毛")
    fair.does(admit, fair.event, came, KEEPER)
    fair.does(walk_in, fair.event, "W1", 1, 1, KEEPER)
    table = fair.does(attendance_table, fair.event)
    assert Counter(row[4] for row in table[1:]) == {"yes": 1, "walk-in": 1, "no": 1}
    sheet = load_workbook(io.BytesIO(attendance_xlsx("加油站[A]:", table))).active
    assert [[cell.value for cell in row][:2] for row in sheet.iter_rows(max_row=2)] == [
        ["name", "children"],
        ["豆豆", 1],
    ]
    assert [harmless(cell) for cell in ("=1+1", "@x", "豆豆", 3, None)] == ["'=1+1", "'@x", "豆豆", 3, ""]


def test_those_who_came_are_asked_once_and_nobody_else(fair: Fair) -> None:
    _, came = fair.books()
    fair.books()
    fair.does(admit, fair.event, came, KEEPER)
    assert fair.does(ask_after_events, at=START + timedelta(hours=2)) == 0, "not before two hours after the end"
    assert fair.does(ask_after_events, at=START + timedelta(hours=3)) == 1
    assert fair.does(ask_after_events, at=START + timedelta(hours=4)) == 0
    with fair.database.transaction() as session:
        (row,) = [row for row in session.exec(select(OutgoingRow)) if row.kind == "after_event"]
        part = compose_questions(session, due(row), START)
    said = render(Reply(part.lines, part.buttons), "zh")
    assert "加油站A" in said.plain_text
    assert [button.label for button in said.buttons[0]] == ["很好", "一般", "不太行"]


def due(row: OutgoingRow) -> Due:
    return Due(
        row.id,
        row.chat_key,
        row.family_id,
        row.kind,
        row.subject,
        row.topic,
        row.lane,
        {},
        row.due_at,
        row.expires_at,
        "zh",
    )


def test_three_taps_and_no_more(database: Database, quick_asking: Asking, clock: FixedClock) -> None:
    fair = Fair(database)
    conversation = Conversation(database, quick_asking, clock, b"secret", KEYS)
    mother = Parent(conversation, "mother").says("/children").presses("同意：用月龄").says("/mydata")
    with database.transaction() as session:
        chat = session.exec(select(CaregiverRow.chat_key)).one()
    booking, code = fair.books(chat=chat)
    mother._sends("button", f"pass:{booking}")
    assert shown(code) in mother.heard
    assert mother.replies[0].attachment.content == picture(code)
    Parent(conversation, "stranger", "en")._sends("button", f"pass:{booking}")
    stranger = Parent(conversation, "stranger", "en")._sends("button", f"after:useful:yes:{booking}")
    assert "was not found" in stranger.heard
    mother._sends("button", f"after:useful:yes:{booking}")
    assert "按钮" in mother.heard or "过期" in mother.heard, "nobody was let in yet"
    fair.does(admit, fair.event, code, KEEPER)
    mother._sends("button", f"after:useful:yes:{booking}").presses("一般").presses("不太行")
    assert "谢谢" in mother.heard
    with database.transaction() as session:
        assert {row.question: row.answer for row in session.exec(select(EventAnswerRow))} == {
            "useful": "yes",
            "clear": "some",
            "again": "no",
        }
        assert all(said.counts is None for said in what_was_said(session, fair.event)), "one family is no figure"
        row = OutgoingRow(
            id="x",
            key="x",
            chat_key=chat,
            kind="after_event",
            subject=f"booking:{booking}",
            topic="events",
            lane="reminder",
            due_at=START,
            expires_at=START,
            on_doubt="skip",
            state="queued",
            created_at=START,
            changed_at=START,
        )
        assert compose_questions(session, due(row), START) == Withhold("done")
        answered(session, fair.event, 10)
        assert what_was_said(session, fair.event)[0].counts == {"yes": 11, "some": 0, "no": 0}


def answered(session: Session, event_id: str, count: int) -> None:
    for _ in range(count):
        family, booking = new_id(), new_id()
        session.add(FamilyRow(id=family, created_at=START))
        session.flush()
        session.add(
            BookingRow(
                id=booking,
                event_id=event_id,
                family_id=family,
                state="cancelled",
                children=1,
                adults=1,
                seats=1,
                created_at=START,
                changed_at=START,
            )
        )
        session.flush()
        session.add(EventAnswerRow(booking_id=booking, question="useful", answer="yes", at=START))
    session.flush()
