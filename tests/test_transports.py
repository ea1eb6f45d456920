"""One contract for every transport; a reply survives its way through JSON."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.database import Database
from bot.messages import Attachment
from bot.outreach.console_transport import ConsoleTransport
from bot.outreach.transport import Blocked, Outcome, Sent
from bot.rendered import Line, RenderedButton, RenderedReply, reply_from_plain, reply_to_plain
from tests.telegram_server.server import TestServer, running_server
from tests.transport_bench import (
    FILE,
    PICTURE,
    Bench,
    Ticking,
    reply,
    telegram_bench,
    web_bench,
)


@pytest.fixture
def server() -> Iterator[TestServer]:
    with running_server() as running:
        yield running


@pytest.fixture
def telegram(server: TestServer) -> Bench:
    return telegram_bench(server)


@pytest.fixture
def web(database: Database, clock: Ticking) -> Bench:
    return web_bench(database, clock)


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def console() -> Bench:
    shown: list[str] = []
    return Bench(lambda: ConsoleTransport(shown.append), "a trial", "", lambda: shown)


@pytest.fixture(params=["telegram", "web", "console"])
def bench(request: pytest.FixtureRequest) -> Bench:
    return request.getfixturevalue(request.param)


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
