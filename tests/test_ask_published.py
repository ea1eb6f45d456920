"""`qihui ask` says what the families of the installation read: what staff published, or with --shipped the files."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import SystemClock
from bot.curation.entry_form import Texts
from bot.curation.publishing import withdraw
from bot.curation.shipped_edition import take_in
from bot.database import Database
from bot.messages import Inbound
from bot.settings import Settings
from bot.wiring import Knowing, open_conversation
from knowledge.load import Shipped
from tests.conftest import REPOSITORY, FixedClock
from tests.curation_stage import ENTRY, TOPIC, by, published_edit

QUESTION = "宝宝怎么刷牙"
runner = CliRunner()


@pytest.fixture
def url(tmp_path: Path, knowing: Knowing, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database that nobody made yet, beside the repository's own index."""
    assert knowing.manifest.entries > 0
    address = f"sqlite:///{tmp_path}/here.sqlite3"
    monkeypatch.setenv("QIHUI_DATA", str(REPOSITORY / ".qihui"))
    monkeypatch.setenv("QIHUI_DATABASE_URL", address)
    return address


def answered(*more: str) -> dict[str, object]:
    done = runner.invoke(app, ["ask", "--json", *more, QUESTION])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_without_a_database_the_files_answer_and_none_is_made(url: str, tmp_path: Path) -> None:
    assert answered()["topics"][0] == TOPIC
    assert list(tmp_path.iterdir()) == []


def test_the_terminal_the_batch_and_the_chat_answer_from_what_was_published(
    url: str, tmp_path: Path, file_texts: dict[str, Texts], shipped: Shipped, clock: FixedClock
) -> None:
    database = Database(url)
    database.upgrade()
    assert ENTRY not in answered()["text"]  # nothing was taken in yet
    with database.transaction() as session:
        take_in(session, by(clock, "qihui"), {TOPIC: file_texts[TOPIC]}, shipped.guide)
        published_edit(session, clock)
    here = answered()
    assert here["topics"][0] == TOPIC
    assert ENTRY in here["text"]
    assert ENTRY not in answered("--shipped")["text"]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"id": 1, "q": QUESTION}, ensure_ascii=False), encoding="utf-8")
    for more, there in (([], True), (["--shipped"], False)):
        assert runner.invoke(app, ["ask", "--batch", str(source), "--out", str(target), *more]).exit_code == 0
        line = json.loads(target.read_text(encoding="utf-8"))
        assert set(line) == {"id", *here}
        assert (ENTRY in line["text"]) is there
    settings = Settings(_env_file=None, data=REPOSITORY / ".qihui", database_url=url)
    talking = open_conversation(settings)
    replies = talking.conversation.handle(Inbound("web", "a parent", "1", "text", QUESTION))
    assert any(ENTRY in reply.plain_text for reply in replies)
    with database.transaction() as session:
        withdraw(session, by(SystemClock(settings.timezone), "reviewer"), TOPIC, "有误")
    assert answered()["decision"] != "answer"


def test_a_database_that_cannot_be_read_is_said_in_a_sentence(url: str, tmp_path: Path) -> None:
    from bot.errors import Misconfigured

    (tmp_path / "here.sqlite3").write_text("this is no database", encoding="utf-8")
    done = runner.invoke(app, ["ask", QUESTION])
    assert isinstance(done.exception, Misconfigured)
    assert "--shipped" in str(done.exception)
    assert runner.invoke(app, ["ask", "--shipped", QUESTION]).exit_code == 0
