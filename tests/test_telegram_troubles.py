"""What each kind of trouble at Telegram means for a message."""

import asyncio
import json
import socket
from collections.abc import Iterator

import pytest

from bot.errors import Misconfigured
from bot.outreach import telegram_transport
from bot.outreach.telegram_transport import TelegramTransport
from bot.outreach.transport import Blocked, Doubtful, Outcome, Refused, RetryLater, Sent
from tests.telegram_server.server import TOKEN, TestServer, running_server
from tests.transport_bench import (
    FILE,
    Bench,
    Turns,
    reply,
    telegram_bench,
)


@pytest.fixture
def server() -> Iterator[TestServer]:
    with running_server() as running:
        yield running


@pytest.fixture
def telegram(server: TestServer) -> Bench:
    return telegram_bench(server)


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
