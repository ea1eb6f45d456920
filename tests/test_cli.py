"""The commands keep their contract: what they print, where, and with which exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.wiring import Knowing
from tests.conftest import REPOSITORY

FIELDS = {"decision", "topics", "confidence", "urgency", "text", "sources", "ms"}
runner = CliRunner()


@pytest.fixture(autouse=True)
def _prepared(knowing: Knowing, monkeypatch: pytest.MonkeyPatch) -> None:
    assert knowing.manifest.entries > 0
    monkeypatch.setenv("QIHUI_DATA", str(REPOSITORY / ".qihui"))


def test_ask_prints_json_alone_with_every_field_of_the_contract() -> None:
    done = runner.invoke(app, ["ask", "--json", "--age-months", "8", "--lang", "zh", "宝宝发烧39度精神还好"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert set(answer) == FIELDS
    assert answer["decision"] == "answer"
    assert answer["topics"][0] == "health.fever"
    assert 0 <= answer["confidence"] <= 1
    assert answer["urgency"] == "none"
    assert answer["sources"][0]["id"]
    assert len(answer["topics"]) <= 5


def test_ask_without_json_prints_what_a_parent_reads() -> None:
    done = runner.invoke(app, ["ask", "two months old with a fever of 38.5"])
    assert done.exit_code == 0
    assert "120" in done.stdout.splitlines()[0]


def test_a_batch_keeps_order_and_ids_and_judges_the_last_turn(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [
        {"id": "a", "q": "孩子抽搐了翻白眼", "age_months": 10},
        {"id": "b", "q": "hello", "lang": "en"},
        {"id": "c", "turns": ["宝宝便秘好几天了 8个月", "吃什么好"]},
        {"id": "d", "turns": [{"user": "宝宝便秘好几天了 8个月"}, {"user": "吃什么好"}], "age_months": None},
    ]
    source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    done = runner.invoke(app, ["ask", "--batch", str(source), "--out", str(target)])
    assert done.exit_code == 0, done.output
    answers = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [answer["id"] for answer in answers] == ["a", "b", "c", "d"]
    assert all(set(answer) == FIELDS | {"id"} for answer in answers)
    assert answers[0]["decision"] == "urgent"
    assert answers[0]["urgency"] == "call_120"
    assert answers[1]["decision"] == "smalltalk"
    assert "health.constipation" in answers[2]["topics"][:3]
    assert answers[2]["topics"] == answers[3]["topics"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("{", "in.jsonl:2: not JSON"), ('{"id": 1}', 'in.jsonl:2: "q"'), ('{"id":1,"q":"x","age_months":-3}', "in.jsonl:2: age_months"), ("[]", "in.jsonl:2"), ('{"id":1,"q":"x","lang":"fr"}', "in.jsonl:2: lang")],
)  # fmt: skip
def test_a_bad_line_is_named_and_nothing_is_written(tmp_path: Path, line: str, complaint: str) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": 0, "q": "你好"}\n' + line + "\n", encoding="utf-8")
    done = runner.invoke(app, ["ask", "--batch", str(source), "--out", str(target)])
    assert done.exit_code == 1
    assert complaint in done.output
    assert not target.exists()


@pytest.mark.parametrize(
    "arguments",
    [["ask"], ["ask", "--batch", "x"], ["ask", "--lang", "fr", "x"], ["ask", "--age-months", "x", "y"], ["no-such"]],
)
def test_wrong_usage_ends_with_two(arguments: list[str]) -> None:
    assert runner.invoke(app, arguments).exit_code == 2


def test_guide_check_is_clean_and_counts_entries() -> None:
    done = runner.invoke(app, ["guide", "check"])
    assert done.exit_code == 0, done.output
    assert "0 problems" in done.stdout


def test_settings_are_listed_with_their_origin_and_secrets_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QIHUI_TELEGRAM_TOKEN", "12345:sekret")
    monkeypatch.setenv("QIHUI_DATABASE_URL", "postgresql://user:sekret@host/name")
    shown = runner.invoke(app, ["settings"]).stdout
    assert "sekret" not in shown
    assert "QIHUI_TELEGRAM_TOKEN=********  (set)" in shown
    assert "QIHUI_PORT=8080  (default)" in shown


def test_a_wrong_setting_is_one_sentence_not_a_traceback() -> None:
    environment = os.environ | {"QIHUI_PORT": "many"}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "settings"], env=environment, capture_output=True, text=True, cwd=REPOSITORY
    )
    assert done.returncode == 1
    assert done.stderr.startswith("qihui: QIHUI_PORT")
    assert "Traceback" not in done.stderr


def test_a_missing_index_names_the_command_that_mends_it(tmp_path: Path) -> None:
    environment = os.environ | {"QIHUI_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "ask", "你好"], env=environment, capture_output=True, text=True, cwd=REPOSITORY
    )
    assert done.returncode == 1
    assert "qihui index build" in done.stderr
    assert "Traceback" not in done.stderr
