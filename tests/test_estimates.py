"""The operator's numbers of resident children: taken in with their source or refused by line; without them a sentence."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.admin.staff_words import staff_catalogue
from bot.cli import app
from bot.errors import Misconfigured
from bot.settings import Settings

runner = CliRunner()
GOOD = "district,children,source\n静安区,1200,made up for this test\n浦东新区,5400,made up for this test\n"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QIHUI_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def written(tmp_path: Path, text: str) -> str:
    file = tmp_path / "mine.csv"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_figures_with_their_source_are_taken_in_and_shown(tmp_path: Path, data: Path) -> None:
    assert "stays empty" in runner.invoke(app, ["indicators", "estimates"]).stdout
    done = runner.invoke(app, ["indicators", "estimates", written(tmp_path, GOOD)])
    assert done.exit_code == 0, done.output
    assert "2 districts are in" in done.stdout
    assert Settings(_env_file=None, data=data).estimates_file.read_text(encoding="utf-8") == GOOD
    assert "静安区  1200" in runner.invoke(app, ["indicators", "estimates"]).stdout


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("静安区,1200,", "line 2: source is empty"),
        ("苏州市,1,x", "no district of Shanghai"),
        ("静安区,many,x", "whole number"),
    ],
)
def test_a_figure_without_a_source_or_a_district_is_refused_and_nothing_is_changed(
    tmp_path: Path, data: Path, row: str, complaint: str
) -> None:
    runner.invoke(app, ["indicators", "estimates", written(tmp_path, GOOD)])
    done = runner.invoke(app, ["indicators", "estimates", written(tmp_path, f"district,children,source\n{row}\n")])
    assert isinstance(done.exception, Misconfigured)
    assert complaint in str(done.exception)
    assert Settings(_env_file=None, data=data).estimates_file.read_text(encoding="utf-8") == GOOD


def test_the_report_says_how_figures_are_put_in() -> None:
    for language in ("zh", "en"):
        assert "qihui indicators estimates" in staff_catalogue()[language]["report.no_estimate"]
