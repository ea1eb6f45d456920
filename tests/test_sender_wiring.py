"""The sender as the house puts it together: every kind has its composer, and a message reaches the web chat's inbox."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.outreach.contact import remember_contact
from bot.outreach.outbox import Order, enqueue
from bot.outreach.web_inbox import waiting_messages
from bot.outreach_wiring import chat_key_by
from bot.sender_wiring import all_rules, open_sending
from bot.settings import Settings
from bot.wiring import read_secret
from bot.worker_wiring import open_working


def test_every_kind_of_message_has_its_composer(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data=tmp_path)
    rules = all_rules(settings, open_working(settings))
    assert {"nudge", "card", "announcement", "staff", "ticket"} <= set(rules.composers)
    assert rules.gate is not None
    assert rules.muted is not None
    assert rules.on_poison is not None


def test_a_message_goes_from_the_outbox_to_the_web_inbox(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data=tmp_path)
    working = open_working(settings)
    browser, now = "0123456789abcdef" * 2, working.clock.now()
    key = chat_key_by(read_secret(settings), "web")(browser)
    alarm = Order(
        chat_key=key,
        kind="staff",
        subject="alarm:queue_old:2026-11-24",
        key=f"alarm:queue_old:2026-11-24:{key}",
        topic="staff",
        lane="urgent",
        due_at=now,
        expires_at=now + timedelta(hours=6),
        content={"queued": "7", "minutes": "12"},
    )
    with working.database.transaction() as session:
        remember_contact(session, working.keys, key, "web", browser, "zh", now)
        assert enqueue(session, working.keys, alarm, now)

    async def send() -> None:
        sending = open_sending(settings, working)
        await sending.sender.drain()
        for transport in sending.transports.values():
            await transport.close()
        assert sending.sender.tally["arrived"] == 1

    asyncio.run(send())
    with working.database.transaction() as session:
        [waiting] = waiting_messages(session, working.keys, key)
    assert "12" in waiting.reply.plain_text


def test_the_sender_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    from typer.testing import CliRunner

    from bot.cli import app

    assert "outbox" in CliRunner().invoke(app, ["sender", "--help"]).output
