"""Writing: both languages side by side, sources out of the register, wordings, and the check's findings by line."""

from dataclasses import dataclass, replace

from fastapi import Response
from sqlmodel import Session

from bot.admin.page_call import Call
from bot.audit_log import Audited
from bot.curation.curation_rows import RevisionRow
from bot.curation.drafting import open_draft, save_draft, send_to_review
from bot.curation.entry_form import EntryForm, Texts, form_of, place_of_line, text_of
from bot.curation.problem_words import in_words
from bot.curation.revisions import revision, texts_of, topic_row
from bot.errors import Refusal
from knowledge.entry_file import HEADINGS
from knowledge.faults import Problem
from knowledge.guide import SKILLS
from knowledge.topics import LANGUAGES

SPARE_SOURCES = 3


@dataclass(frozen=True)
class Found:
    """A finding for the editor: in which part, at which line (0: the whole part), and what to do."""

    part: str
    line: int
    sentence: str


def edit_page(call: Call) -> Response:
    """The open draft, or what was just typed where it was refused."""
    topic_id = call.path["topic_id"]
    with call.reading() as session:
        row = revision(session, topic_row(session, topic_id).open_id)
    typed = call.form.get("zh") is not None
    texts = _typed(call, row) if typed else texts_of(row)
    return _editor(call, row, texts)


def save(call: Call) -> Response:
    """Keep what was typed, as it is; send it to review where that was asked and nothing is wrong."""
    topic_id = call.path["topic_id"]
    with call.transaction() as session:
        row = revision(session, topic_row(session, topic_id).open_id)
        texts = _typed(call, row)
        version = call.form.get("version", "")
        row = save_draft(
            session, call.by, row.id or 0, int(version) if version.isdigit() else 0, texts, call.form.get("note", "")
        )
    if call.form.get("do") != "send":
        return _editor(call, row, texts_of(row), said=call.w("said.saved"))
    problems = call.house.desk.problems(topic_id, texts_of(row))
    if problems:
        refused = replace(call, refused=call.w("refused.problems", count=len(problems)))
        return _editor(refused, row, texts_of(row))
    with call.transaction() as session:
        send_to_review(session, call.by, row.id or 0, row.version, problems)
    return call.go(f"/guide/{topic_id}", "sent")


def add_wording(session: Session, by: Audited, topic_id: str, text: str, language: str) -> None:
    """Put one more wording at the end of a topic's open draft, which is begun where there is none.

    Raises: Refusal: the text is empty, or somebody else saved meanwhile.
    """
    text = " ".join(text.split())
    if not text:
        raise Refusal("refused.no_text")
    row = open_draft(session, by, topic_id)
    texts = texts_of(row)
    added = "\n# asked by parents" if "# asked by parents" not in getattr(texts, f"wordings_{language}") else ""
    before = getattr(texts, f"wordings_{language}").rstrip("\n")
    texts = replace(texts, **{f"wordings_{language}": f"{before}{added}\n{text}\n"})
    save_draft(session, by, row.id or 0, row.version, texts, row.note)


def _editor(call: Call, row: RevisionRow, texts: Texts, said: str = "") -> Response:
    guide = call.house.desk.shipped.guide
    form = form_of(texts.entry)
    problems = call.house.desk.problems(row.topic_id, texts)
    call.more = {"said_now": said}
    return call.show(
        "edit.html",
        topic=guide.topics[row.topic_id],
        row=row,
        form=form,
        texts=texts,
        found=[_found(form, problem, call) for problem in problems],
        skills=SKILLS,
        sources=guide.sources,
        topics=guide.topics,
        spare=SPARE_SOURCES,
    )


def _found(form: EntryForm, problem: Problem, call: Call) -> Found:
    sentence = in_words(problem.message, call.language)
    if problem.file != "entry":
        return Found(problem.file, problem.line, sentence)
    part, line = place_of_line(form, problem.line) if problem.line else (_part_named(problem.message), 0)
    return Found(part, line, sentence)


def _part_named(message: str) -> str:
    """The side whose heading a finding without a line speaks of, else the fields."""
    named = (language for language in LANGUAGES if any(f"'{one}'" in message for one in HEADINGS[language]))
    return next(named, "fields")


def _typed(call: Call, row: RevisionRow) -> Texts:
    """The texts of the form; what has no field stays as it was."""
    get, before = call.form.get, form_of(row.entry)
    ids, sections = call.form_lists.get("source_id", []), call.form_lists.get("section", [])
    sources = tuple(
        (source_id.strip(), section.strip())
        for source_id, section in zip(ids, sections, strict=False)
        if source_id.strip()
    )
    form = EntryForm(
        topic_id=row.topic_id,
        skill=get("skill", before.skill),
        sources=sources,
        related=tuple(get("related", "").replace(",", " ").replace("，", " ").split()),
        to_verify=tuple(line.strip() for line in get("to_verify", "").split("\n") if line.strip()),
        written_on=call.today.isoformat(),
        review_by=get("review_by", before.review_by),
        signed_by=before.signed_by,
        zh=_one_title(get("zh", "")),
        en=_one_title(get("en", "")),
    )
    if (form.sources, form.zh, form.en) == (before.sources, before.zh, before.en):
        form = replace(form, written_on=before.written_on)
    return Texts(text_of(form), _ended(get("wordings_zh", "")), _ended(get("wordings_en", "")))


def _one_title(text: str) -> str:
    """A side's text. One without a title gets an empty one, so that the two sides stay apart; the check then says so."""
    text = text.strip("\n")
    return text if text.startswith("# ") else f"# \n{text}"


def _ended(text: str) -> str:
    stripped = text.strip("\n")
    return f"{stripped}\n" if stripped else ""
