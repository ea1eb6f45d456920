"""The test server speaks the Bot API well enough for two independent clients: aiogram and python-telegram-bot."""

import asyncio
from collections.abc import Iterator

import aiogram
import pytest
import telegram as ptb
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter, TelegramUnauthorizedError
from aiogram.types import BotCommand, BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from tests.telegram_server.server import TOKEN, TestServer, running_server


@pytest.fixture
def server() -> Iterator[TestServer]:
    with running_server() as running:
        yield running


def with_aiogram(server: TestServer, use, token: str = TOKEN):
    async def run():
        bot = aiogram.Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(server.url)))
        try:
            return await use(bot)
        finally:
            await bot.session.close()

    return asyncio.run(run())


def with_ptb(server: TestServer, use):
    async def run():
        async with ptb.Bot(TOKEN, base_url=f"{server.url}/bot", base_file_url=f"{server.url}/file/bot") as bot:
            return await use(bot)

    return asyncio.run(run())


def test_both_clients_know_the_bot(server: TestServer) -> None:
    async def me(bot):
        return (await bot.get_me()).username

    assert with_aiogram(server, me) == with_ptb(server, me) == "qihui_test_bot"


def test_polling_honours_the_offset_and_delivers_again_what_was_not_confirmed(server: TestServer) -> None:
    mother = server.user()
    first, second = mother.sends("一"), mother.sends("二")

    async def poll(bot):
        everything = [u.update_id for u in await bot.get_updates(timeout=0)]
        again = [u.update_id for u in await bot.get_updates(timeout=0)]
        rest = [u.update_id for u in await bot.get_updates(offset=first + 1, timeout=0)]
        return everything, again, rest

    assert with_ptb(server, poll) == ([first, second], [first, second], [second])
    server.world.redeliver(first)
    assert with_aiogram(server, poll) == ([first, second], [first, second], [second])


def test_long_polling_waits_for_an_update(server: TestServer) -> None:
    async def poll(bot):
        waiting = asyncio.create_task(bot.get_updates(timeout=5))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        server.user().sends("来了")
        return (await waiting)[0].message.text

    assert with_aiogram(server, poll) == "来了"


def test_both_clients_send_buttons_and_see_the_press(server: TestServer) -> None:
    mother = server.user()

    async def by_aiogram(bot):
        keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="好", callback_data="ok")]])
        await bot.send_message(mother.id, "<b>问</b> &lt;吗&gt;", parse_mode="HTML", reply_markup=keyboard)
        mother.presses("好")
        (update,) = await bot.get_updates(timeout=1)
        await bot.answer_callback_query(update.callback_query.id)
        return update.callback_query.data

    assert with_aiogram(server, by_aiogram) == "ok"
    assert mother.received()[0].text == "问 <吗>"

    async def by_ptb(bot):
        message = await bot.send_message(
            mother.id, "hi", reply_markup=ptb.InlineKeyboardMarkup([[ptb.InlineKeyboardButton("x", callback_data="y")]])
        )
        edited = await bot.edit_message_text("new", chat_id=mother.id, message_id=message.message_id)
        gone = await bot.delete_message(mother.id, message.message_id)
        return edited.text, gone

    assert with_ptb(server, by_ptb) == ("new", True)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "text is empty"),
        ("<b>x", "can't parse entities"),
        ("<x>y</x>", "can't parse entities"),
        ("a & b", "can't parse entities"),
        ("长" * 4097, "too long"),
    ],
)
def test_what_telegram_refuses_is_refused(server: TestServer, text: str, complaint: str) -> None:
    mother = server.user()

    async def send(bot):
        await bot.send_message(mother.id, text, parse_mode="HTML")

    with pytest.raises(TelegramBadRequest, match=complaint):
        with_aiogram(server, send)
    with pytest.raises(ptb.error.BadRequest, match=f"(?i){complaint}"):
        with_ptb(server, send)


def test_limits_count_what_is_seen_not_the_markup(server: TestServer) -> None:
    mother = server.user()

    async def send(bot):
        return await bot.send_message(mother.id, f"<b>{'&amp;' * 4096}</b>", parse_mode="HTML")

    assert len(with_aiogram(server, send).text) == 4096


def test_button_data_over_64_bytes_unknown_chats_and_blocks_are_refused(server: TestServer) -> None:
    mother = server.user()

    async def long_data(bot):
        keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="x", callback_data="y" * 65)]])
        await bot.send_message(mother.id, "x", reply_markup=keyboard)

    async def unknown(bot):
        await bot.send_message(5, "x")

    async def blocked(bot):
        mother.blocks_the_bot()
        await bot.send_message(mother.id, "x")

    with pytest.raises(TelegramBadRequest, match="BUTTON_DATA_INVALID"):
        with_aiogram(server, long_data)
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        with_aiogram(server, unknown)
    with pytest.raises(TelegramForbiddenError):
        with_aiogram(server, blocked)
    with pytest.raises(ptb.error.Forbidden):
        with_ptb(server, blocked)


def test_a_429_reaches_each_client_as_its_own_exception(server: TestServer) -> None:
    mother = server.user()

    async def send(bot):
        await bot.send_message(mother.id, "x")

    server.fails("sendMessage", "429", count=2, retry_after=7)
    with pytest.raises(TelegramRetryAfter) as by_aiogram:
        with_aiogram(server, send)
    assert by_aiogram.value.retry_after == 7
    with pytest.raises(ptb.error.RetryAfter):
        with_ptb(server, send)


def test_a_wrong_token_is_refused(server: TestServer) -> None:
    with pytest.raises(TelegramUnauthorizedError):
        with_aiogram(server, lambda bot: bot.get_me(), token="1:wrong")


def test_uploads_are_stored_and_can_be_fetched(server: TestServer) -> None:
    mother = server.user()

    async def by_aiogram(bot):
        sent = await bot.send_document(mother.id, BufferedInputFile("清单".encode(), "list.txt"), caption="给您")
        file = await bot.get_file(sent.document.file_id)
        return (await bot.download_file(file.file_path)).read().decode()

    async def by_ptb(bot):
        sent = await bot.send_photo(mother.id, photo=b"\x89PNG....")
        return bytes(await (await bot.get_file(sent.photo[0].file_id)).download_as_bytearray())

    assert with_aiogram(server, by_aiogram) == "清单"
    assert with_ptb(server, by_ptb) == b"\x89PNG...."


def test_commands_are_kept_by_language(server: TestServer) -> None:
    async def both(bot):
        await bot.set_my_commands([BotCommand(command="help", description="怎么问")], language_code="zh")
        await bot.set_my_commands([BotCommand(command="help", description="How to ask")])
        return (await bot.get_my_commands(language_code="zh"))[0].description, (await bot.get_my_commands())[
            0
        ].description

    assert with_aiogram(server, both) == ("怎么问", "How to ask")


@pytest.mark.parametrize(("secret", "arrives"), [("right", True), ("wrong", False)])
def test_a_webhook_is_served_with_its_secret(server: TestServer, secret: str, arrives: bool) -> None:
    async def listen(bot):
        heard: list[str] = []
        dispatcher = aiogram.Dispatcher()

        @dispatcher.message()
        async def on_message(message):
            heard.append(message.text)

        app = web.Application()
        SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token="right").register(
            app, path="/hook"
        )
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token=secret)
        server.user().sends("从钩子来")
        with pytest.raises(aiogram.exceptions.TelegramConflictError):
            await bot.get_updates(timeout=0)
        for _ in range(100):
            await asyncio.sleep(0.02)
            if heard:
                break
        waiting = (await bot.get_webhook_info()).pending_update_count
        await bot.delete_webhook()
        await runner.cleanup()
        return bool(heard), waiting

    assert with_aiogram(server, listen) == (arrives, 0 if arrives else 1)
