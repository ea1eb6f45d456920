"""The guide goes out as files and comes in again: nothing edited here is overwritten, nothing malformed is taken in."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.audit_log import Audited
from bot.cli import app
from bot.clock import SystemClock
from bot.curation.drafting import open_draft, review, save_draft, send_to_review
from bot.curation.publishing import publish
from bot.curation.revisions import history, texts_of
from bot.database import Database
from knowledge.data_folder import DATA
from tests.curation_stage import edited
from tests.import_files import a_csv

TOPIC = "care.teeth"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("QIHUI_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("knowledge.check.near_duplicates", lambda _texts: iter(()))  # seconds; tested in test_sameness

    def command(*words: str):
        return CliRunner().invoke(app, ["guide", *words])

    return command


def edit_here(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/data/qihui.sqlite3")
    now = SystemClock("Asia/Shanghai").now()
    one, two = Audited("one", now), Audited("two", now)
    with database.transaction() as session:
        row = open_draft(session, one, TOPIC)
        row = save_draft(session, one, row.id, row.version, edited(texts_of(row), "本地改过的一句"), "")
        send_to_review(session, one, row.id, row.version, [])
        session.refresh(row)
        review(session, two, row.id, row.version, approved=True, note="")
        session.refresh(row)
        publish(session, one, row.id, row.version)


def test_out_and_in_again_with_a_local_edit(run, tmp_path: Path) -> None:
    assert "nothing was published" in run("export", str(tmp_path / "out")).output
    first = json.loads(run("import", "--json").output)
    assert len(first["fresh"]) > 200
    assert json.loads(run("import", "--json").output)["unchanged"] == len(first["fresh"])
    edit_here(tmp_path)
    out = tmp_path / "out"
    shutil.copytree(DATA, out)
    assert "1 files written" in run("export", str(out)).output
    assert "本地改过的一句" in (out / "guide" / "care" / "teeth.md").read_text("utf-8")
    new = out / "guide" / "care" / "teeth.md"
    text = (DATA / "guide" / "care" / "teeth.md").read_text("utf-8")
    new.write_text(text.replace("review_by: 2027", "review_by: 2028"), "utf-8")
    other = out / "guide" / "care" / "stool.md"
    other.write_text(other.read_text("utf-8").replace("review_by: 2027", "review_by: 2028"), "utf-8")
    answer = run("import", str(out)).output
    assert f"conflict: {TOPIC} was edited here" in answer
    assert "1 followed" in answer
    database = Database(f"sqlite:///{tmp_path}/data/qihui.sqlite3")
    with database.transaction() as session:
        states = {row.number: row.state for row in history(session, TOPIC)}
    assert states == {1: "replaced", 2: "published", 3: "waiting"}


def test_a_malformed_edition_is_refused_whole(run, tmp_path: Path) -> None:
    run("import")
    out = tmp_path / "out"
    shutil.copytree(DATA, out)
    broken = out / "guide" / "care" / "stool.md"
    broken.write_text(broken.read_text("utf-8").replace("## 简答", "## 别的"), "utf-8")
    answer = run("import", str(out))
    assert answer.exit_code == 1
    assert "guide/care/stool.md" in answer.output
    assert "nothing was taken in" in answer.output


def test_files_become_drafts_by_command(run, tmp_path: Path) -> None:
    """Shown first, kept when asked, by a colleague who may; nothing is published."""
    table = tmp_path / "表.csv"
    table.write_bytes(a_csv())
    run("import")
    assert "must name an editor" in run("import", str(table), "--by", "nobody").output.replace("\n", " ")
    CliRunner().invoke(app, ["staff", "add", "mary", "--role", "editor"])
    CliRunner().invoke(app, ["staff", "add", "reader", "--role", "reader"])
    assert run("import", str(table), "--by", "reader").exit_code == 2
    shown = run("import", str(table), "--by", "mary")
    assert shown.exit_code == 0, shown.output
    assert f"{TOPIC}: Draft that changes this entry" in shown.output
    assert "1 would become drafts" in shown.output
    database = Database(f"sqlite:///{tmp_path}/data/qihui.sqlite3")
    with database.transaction() as session:
        assert len(history(session, TOPIC)) == 1
    assert json.loads(run("import", str(table), "--by", "Mary", "--keep", "--json").output) == {
        "topics": {TOPIC: "changed"},
        "faults": [],
        "kept": True,
    }
    with database.transaction() as session:
        draft, published = history(session, TOPIC)
    assert (draft.state, draft.authors, published.state) == ("draft", "mary", "published")
    table.write_bytes(a_csv((TOPIC, "zh", "总结", "", "x", "")))
    faulty = run("import", str(table), "--by", "mary", "--keep")
    assert faulty.exit_code == 1
    assert "表.csv, row 2: part '总结' is not known" in faulty.output
    table.write_bytes(b"")
    assert "There is nothing in “表.csv”" in run("import", str(table), "--by", "mary").output
