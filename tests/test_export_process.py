"""A file of the guide is made beside the pages: the same file, the same refusals, and a sentence where it cannot be made."""

import zipfile
from io import BytesIO

import pytest
from openpyxl import load_workbook

from bot.curation import process_apart, writing_process
from bot.curation.entry_form import Texts
from bot.curation.guide_files import MOST_TOPICS_PRINTED, guide_file
from bot.curation.writing_process import write_guide_file
from bot.errors import Refusal
from tests.curation_stage import TOPIC


def test_the_file_is_the_same_as_made_here(file_texts: dict[str, Texts]) -> None:
    few = {topic_id: file_texts[topic_id] for topic_id in (TOPIC, "care.stool")}
    for form in ("csv", "zip"):
        assert write_guide_file(form, few, "zh") == guide_file(form, few, "zh")
    assert zipfile.is_zipfile(BytesIO(write_guide_file("docx", few, "en")))


def test_a_workbook_holds_no_cells_without_a_text(file_texts: dict[str, Texts]) -> None:
    sheet = load_workbook(BytesIO(write_guide_file("xlsx", {TOPIC: file_texts[TOPIC]}, "zh"))).active
    rows = list(sheet.iter_rows(min_row=2))
    assert {row[0].value for row in rows} == {TOPIC}
    assert all(cell.value is None or cell.value.strip() for row in rows for cell in row)
    assert any(row[3].value is None for row in rows)


def test_what_cannot_be_made_is_refused_with_a_sentence(
    file_texts: dict[str, Texts], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refusal) as caught:
        write_guide_file("pdf", dict(list(file_texts.items())[: MOST_TOPICS_PRINTED + 1]), "zh")
    assert (caught.value.phrase, caught.value.values) == ("refused.export_choose", {"most": MOST_TOPICS_PRINTED})
    with pytest.raises(Refusal, match=r"refused\.export_failed"):
        write_guide_file("csv", {TOPIC: file_texts[TOPIC]}, "zh", timeout_s=0.001)
    monkeypatch.setattr(writing_process, "MOST_WAIT_S", 0.01)
    with writing_process._TURN, pytest.raises(Refusal, match=r"refused\.export_busy"):
        write_guide_file("csv", {TOPIC: file_texts[TOPIC]}, "zh")
    monkeypatch.setattr(process_apart.sys, "executable", "/bin/false")
    with pytest.raises(Refusal, match=r"refused\.export_failed"):
        write_guide_file("csv", {TOPIC: file_texts[TOPIC]}, "zh")
