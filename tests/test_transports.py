"""One contract for every transport, and what each kind of trouble at Telegram means for a message."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from bot.database import Database
from bot.errors import Misconfigured
from bot.messages import Attachment
from bot.outreach import telegram_transport
from bot.outreach.console_transport import ConsoleTransport
from bot.outreach.telegram_transport import TelegramTransport
from bot.outreach.transport import Blocked, Doubtful, Outcome, Refused, RetryLater, Sent, Transport
from bot.outreach.web_inbox import (
    WebMessageRow,
    erase_inbox,
    mark_shown,
    purge_inbox,
    unread_count,
    waiting_messages,
)
from bot.outreach.web_transport import WebInbox
from bot.rendered import Line, RenderedButton, RenderedReply, reply_from_plain, reply_to_plain
from tests.conftest import KEYS, FixedClock
from tests.telegram_server.server import TOKEN, TestServer, running_server

BROWSER = "0123456789abcdef" * 2
PICTURE = Attachment("chart.png", "image/png", b"\x89PNG....")
FILE = Attachment("calendar.ics", "text/calendar", b"BEGIN:VCALENDAR")


class Turns:
    """Turns that never wait, and remember."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.halts: list[float] = []

    async def turn(self, address: str) -> None:
        self.taken.append(address)

    async def halt(self, after_s: float) -> None:
        self.halts.append(after_s)


@dataclass
class Bench:
    """A transport under test: how to make one, whom it reaches, whom it does not, what a reader saw."""

    make: Callable[[], Transport]
    address: str
    nobody: str
    seen: Callable[[], list[str]]
    turns: Turns = field(default_factory=Turns)

    def send(self, *replies: RenderedReply, to: str | None = None) -> list[Outcome]:
        async def run() -> list[Outcome]:
            transport = self.make()
            try:
                return [await transport.send(self.address if to is None else to, reply) for reply in replies]
            finally:
                await transport.close()

        return asyncio.run(run())


@pytest.fixture
def server() -> Iterator[TestServer]:
    with running_server() as running:
        yield running


@pytest.fixture
def telegram(server: TestServer) -> Bench:
    mother = server.user()
    turns = Turns()
    return Bench(
        make=lambda: TelegramTransport(TOKEN, server.url, turns),
        address=str(mother.id),
        nobody="5",
        seen=lambda: [" ".join([m.text, *(b["text"] for row in m.buttons for b in row)]) for m in server.world.sent],
        turns=turns,
    )


class Ticking(FixedClock):
    """A clock by which nothing happens at the same instant."""

    def now(self) -> datetime:
        self.passes(milliseconds=1)
        return self.at


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def web(database: Database, clock: Ticking) -> Bench:
    def seen() -> list[str]:
        with database.transaction() as session:
            waiting = waiting_messages(session, KEYS, key_of(BROWSER))
        return [" ".join([m.reply.plain_text, *(b.label for row in m.reply.buttons for b in row)]) for m in waiting]

    return Bench(lambda: WebInbox(database, KEYS, clock, key_of), BROWSER, "no browser", seen)


@pytest.fixture
def console() -> Bench:
    shown: list[str] = []
    return Bench(lambda: ConsoleTransport(shown.append), "a trial", "", lambda: shown)


@pytest.fixture(params=["telegram", "web", "console"])
def bench(request: pytest.FixtureRequest) -> Bench:
    return request.getfixturevalue(request.param)


def key_of(address: str) -> str:
    return f"key of {address}"[:32]


def reply(*lines: str, label: str = "", attachment: Attachment | None = None) -> RenderedReply:
    buttons = ((RenderedButton(label, "n:done"),),) if label else ()
    return RenderedReply("zh", tuple(Line(line, "plain") for line in lines), buttons, False, attachment=attachment)


def test_a_message_arrives_with_its_words_and_buttons(bench: Bench) -> None:
    (outcome,) = bench.send(reply("小宝8个月了", "该打疫苗了", label="打好了"))
    assert isinstance(outcome, Sent)
    (seen,) = bench.seen()
    for word in ("小宝8个月了", "该打疫苗了", "打好了"):
        assert word in seen


def test_messages_keep_their_order_and_have_references_of_their_own(bench: Bench) -> None:
    outcomes = bench.send(reply("一"), reply("二"), reply("三"))
    assert len({outcome.ref for outcome in outcomes}) == 3
    assert [next(word for word in "一二三" if word in seen) for seen in bench.seen()] == ["一", "二", "三"]


def test_markup_is_shown_as_it_is(bench: Bench) -> None:
    assert isinstance(bench.send(reply("<b>&amp; \"'</b> <script>"))[0], Sent)
    assert "<b>&amp; \"'</b> <script>" in bench.seen()[0]


def test_a_long_message_arrives_whole(bench: Bench) -> None:
    text = "很长的一句话。" * 1500
    assert isinstance(bench.send(reply(text))[0], Sent)
    assert "".join("".join(bench.seen()).splitlines()).count("很长的一句话。") == 1500


@pytest.mark.parametrize("file", [PICTURE, FILE], ids=["picture", "file"])
def test_an_attachment_goes_along(bench: Bench, file: Attachment) -> None:
    assert isinstance(bench.send(reply("给您", attachment=file))[0], Sent)
    assert "给您" in bench.seen()[0]


def test_where_nobody_is_the_address_is_blocked(bench: Bench) -> None:
    (outcome,) = bench.send(reply("在吗"), to=bench.nobody)
    assert isinstance(outcome, Blocked)
    assert outcome.reason
    assert bench.seen() == []


def test_odd_texts_are_no_errors(bench: Bench) -> None:
    for text in ("", " ", "\x00", "\ud83d", "😀" * 5000, "\u202e", "a\r\nb"):
        assert isinstance(bench.send(reply(text))[0], Sent), repr(text)


def test_many_at_once_all_arrive(bench: Bench) -> None:
    async def run() -> list[Outcome]:
        transport = bench.make()
        try:
            return await asyncio.gather(*(transport.send(bench.address, reply(f"第{n:02}条")) for n in range(20)))
        finally:
            await transport.close()

    assert all(isinstance(outcome, Sent) for outcome in asyncio.run(run()))
    assert sorted(seen[seen.index("第") :][:4] for seen in bench.seen()) == [f"第{n:02}条" for n in range(20)]


# --- Telegram


@pytest.mark.parametrize("code", ["500", "502", "503"])
def test_telegram_says_that_it_did_not_do_it_so_later_again(server: TestServer, telegram: Bench, code: str) -> None:
    server.fails("sendMessage", code)
    first, second = telegram.send(reply("一"), reply("一"))
    assert isinstance(first, RetryLater)
    assert not first.halts
    assert isinstance(second, Sent)
    assert len(telegram.seen()) == 1


def test_telegram_does_not_know_so_neither_do_we(server: TestServer, telegram: Bench) -> None:
    server.fails("sendMessage", "504")
    assert isinstance(telegram.send(reply("一"))[0], Doubtful)


def test_a_connection_that_breaks_after_the_call_left_is_doubtful(server: TestServer, telegram: Bench) -> None:
    server.fails("sendMessage", "drop")
    assert isinstance(telegram.send(reply("一"))[0], Doubtful)


def test_a_time_out_after_the_call_left_is_doubtful_and_the_message_may_have_arrived(
    server: TestServer, telegram: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_transport, "READ_TIMEOUT_S", 0.2)
    server.fails("sendMessage", "slow", slow_s=0.5)
    assert isinstance(telegram.send(reply("一"))[0], Doubtful)
    assert len(telegram.seen()) == 1, "sent again blindly it would have come twice"


def test_a_call_that_goes_on_for_ever_has_an_outcome(
    server: TestServer, telegram: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_transport, "LONGEST_CALL_S", 0.2)
    server.fails("sendMessage", "slow", slow_s=0.5)
    assert telegram.send(reply("一")) == [Doubtful("no answer in time")]


def test_what_never_left_is_later_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody_listens = f"http://127.0.0.1:{probe.getsockname()[1]}"
    bench = Bench(lambda: TelegramTransport(TOKEN, nobody_listens, Turns()), "1", "", list)
    assert isinstance(bench.send(reply("一"))[0], RetryLater)
    no_such_host = Bench(lambda: TelegramTransport(TOKEN, "http://no-such-host.invalid", Turns()), "1", "", list)
    assert isinstance(no_such_host.send(reply("一"))[0], RetryLater)


def test_what_found_no_free_connection_never_left(server: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_transport, "POOL_TIMEOUT_S", 0.1)
    mother = server.user()
    server.fails("sendMessage", "slow", slow_s=0.4)

    async def run() -> list[Outcome]:
        transport = TelegramTransport(TOKEN, server.url, Turns(), at_once=1)
        first = asyncio.create_task(transport.send(str(mother.id), reply("一")))
        await asyncio.sleep(0.1)
        outcomes = [await transport.send(str(mother.id), reply("二")), await first]
        await transport.close()
        return outcomes

    second, first = asyncio.run(run())
    assert second == RetryLater(telegram_transport.AGAIN_AFTER_S, "PoolTimeout")
    assert isinstance(first, Sent)
    assert [message.text for message in mother.received()] == ["一"]


def test_too_many_requests_halts_the_token(server: TestServer, telegram: Bench) -> None:
    server.fails("sendMessage", "429", retry_after=35)
    assert telegram.send(reply("一")) == [RetryLater(35, "too many requests", halts=True)]


def test_blocked_and_deactivated_people_are_marked_at_the_first_answer(server: TestServer, telegram: Bench) -> None:
    gone, away = server.user(), server.user()
    gone.blocks_the_bot()
    away.leaves_telegram()
    assert telegram.send(reply("一"), to=str(gone.id)) == [Blocked("Forbidden: bot was blocked by the user")]
    assert telegram.send(reply("一"), to=str(away.id)) == [Blocked("Forbidden: user is deactivated")]


def test_a_group_that_has_moved_is_followed_and_its_new_address_told(server: TestServer, telegram: Bench) -> None:
    group = server.group()
    new = server.moves(group)
    (outcome,) = telegram.send(reply("通知"), to=str(group))
    assert isinstance(outcome, Sent)
    assert outcome.new_address == str(new)
    assert server.world.sent[-1].chat == new
    assert telegram.turns.taken == [str(new)], "the second call had a turn of its own"


def test_bad_markup_is_refused(server: TestServer, telegram: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.telegram_html.html.escape", lambda text, quote: text)
    (outcome,) = telegram.send(reply("<b>没有关上"))
    assert isinstance(outcome, Refused)
    assert "parse entities" in outcome.reason


def test_a_file_that_is_too_large_is_refused(server: TestServer, telegram: Bench) -> None:
    server.fails("sendMessage", "413")
    assert isinstance(telegram.send(reply("一"))[0], Refused)


def test_a_refused_token_is_said_to_the_operator_without_the_token(server: TestServer) -> None:
    bench = Bench(lambda: TelegramTransport("1:wrong", server.url, Turns()), "1", "", list)
    with pytest.raises(Misconfigured, match="QIHUI_TELEGRAM_TOKEN") as caught:
        bench.send(reply("一"))
    assert "wrong" not in str(caught.value)


def test_each_further_call_of_a_long_reply_has_a_turn_of_its_own(server: TestServer, telegram: Bench) -> None:
    telegram.send(reply("很长的一句话。" * 1500, attachment=FILE))
    calls = len(server.calls("sendMessage")) + len(server.calls("sendDocument"))
    assert calls == 4
    assert telegram.turns.taken == [telegram.address] * 3


def test_a_long_reply_that_has_begun_is_not_begun_again(server: TestServer, telegram: Bench) -> None:
    server.fails("sendDocument", "429", retry_after=3)
    (outcome,) = telegram.send(reply("看这里", attachment=FILE))
    assert isinstance(outcome, Sent)
    assert telegram.turns.halts == [3]
    server.fails("sendDocument", "413")
    (outcome,) = telegram.send(reply("看这里", attachment=FILE))
    assert outcome == Doubtful("arrived in part only: Telegram answered 413")


def test_paid_broadcast_is_asked_for_only_where_it_is_set(server: TestServer) -> None:
    mother = server.user()
    for paid in (False, True):
        paying = Bench(
            lambda paid=paid: TelegramTransport(TOKEN, server.url, Turns(), paid=paid), str(mother.id), "", list
        )
        paying.send(reply("一"))
    plain, paid = server.calls("sendMessage")
    assert "allow_paid_broadcast" not in plain.fields
    assert json.loads(str(paid.fields["allow_paid_broadcast"]).lower()) is True


def test_no_log_holds_the_token_or_a_word(
    server: TestServer, telegram: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server.fails("sendMessage", "drop")
    telegram.send(reply("豆豆苗"), reply("豆豆苗"), reply("豆豆苗", attachment=FILE))
    assert TOKEN not in caplog.text
    assert "豆豆苗" not in caplog.text


# --- the web inbox


def test_a_message_for_a_browser_waits_sealed_until_it_was_shown(web: Bench, database: Database) -> None:
    web.send(reply("豆豆苗8个月了", attachment=FILE))
    with database.transaction() as session:
        (row,) = session.exec(select(WebMessageRow)).all()
        assert "豆豆苗" not in row.reply
        assert unread_count(session, key_of(BROWSER)) == 1
        (waiting,) = waiting_messages(session, KEYS, key_of(BROWSER))
        assert waiting.reply.attachment == FILE
        mark_shown(session, "somebody else", [waiting.id])
        assert unread_count(session, key_of(BROWSER)) == 1, "nobody can make another's message go"
        mark_shown(session, key_of(BROWSER), [waiting.id])
        assert unread_count(session, key_of(BROWSER)) == 0


def test_what_waits_goes_with_the_chat_and_after_two_months(web: Bench, database: Database, clock: FixedClock) -> None:
    web.send(reply("一"))
    with database.transaction() as session:
        erase_inbox(session, key_of(BROWSER))
        assert unread_count(session, key_of(BROWSER)) == 0
    web.send(reply("二"))
    clock.passes(days=59)
    web.send(reply("三"))
    clock.passes(days=2)
    with database.transaction() as session:
        purge_inbox(session, clock.now())
        assert [m.reply.plain_text for m in waiting_messages(session, KEYS, key_of(BROWSER))] == ["三"]


def test_a_message_that_does_not_open_does_not_hide_the_others(web: Bench, database: Database) -> None:
    web.send(reply("一"), reply("二"))
    with database.transaction() as session:
        first = session.exec(select(WebMessageRow)).first()
        first.reply = first.reply[:-8] + "AAAAAAA="
    assert len(web.seen()) == 1


looks = st.sampled_from(["plain", "title", "alert", "bullet", "note", "source"])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.builds(Line, st.text(max_size=40), looks), max_size=5),
    st.sampled_from([None, FILE, PICTURE]),
    st.booleans(),
)
def test_a_reply_survives_its_way_through_json(some, file, large) -> None:
    before = RenderedReply("en", tuple(some), ((RenderedButton("好", "x"),),), True, large, file)
    assert reply_from_plain(json.loads(json.dumps(reply_to_plain(before)))) == before
