"""Texts come in as files: what they would become is shown first, with every fault; kept, they are drafts and no more."""

from dataclasses import dataclass

from fastapi import Response

from bot.admin.page_call import Call
from bot.curation.entry_form import Texts
from bot.curation.held_imports import held, hold, keep, let_go, standing_of
from bot.curation.import_pieces import Fault, Place, topics_of
from bot.curation.import_plan import Finding, ImportPlan, Planned, plan_import
from bot.curation.problem_words import in_words
from bot.curation.reading_process import MOST_BYTES, read_outside_files
from bot.curation.text_differences import differences
from bot.errors import Refusal

MOST_FAULTS = 200
MOST_FINDINGS = 30


@dataclass(frozen=True)
class Told:
    """A fault or finding as the reader sees it: where, and what to do."""

    where: str
    sentence: str


@dataclass(frozen=True)
class Shown:
    """One topic of the preview."""

    planned: Planned
    title: str
    findings: tuple[Told, ...]
    more: int


def import_page(call: Call) -> Response:
    """The form, the templates, and what was brought and waits for a yes."""
    found = _held_plan(call)
    files, plan = found or ("", None)
    topics = call.house.desk.shipped.guide.topics
    return call.show(
        "import.html",
        files=files,
        plan=plan,
        shown=[_shown(call, one) for one in plan.topics if one.outcome != "same"] if plan else [],
        same=sum(one.outcome == "same" for one in plan.topics) if plan else 0,
        faults=[_told_fault(call, fault) for fault in plan.faults[:MOST_FAULTS]] if plan else [],
        most_faults=MOST_FAULTS,
        most_mb=MOST_BYTES // 1_000_000,
        domains=list(dict.fromkeys(topic.domain for topic in topics.values())),
    )


def bring(call: Call) -> Response:
    """Read the files in a process of their own, and hold what they bring."""
    if call.form.get("file_fault"):
        raise Refusal("refused.import_too_large", most_mb=MOST_BYTES // 1_000_000)
    brought = read_outside_files(list(call.files))
    with call.transaction() as session:
        hold(session, call.by, [name for name, _ in call.files], brought)
    return call.go("/guide-import")


def keep_drafts(call: Call) -> Response:
    """Make drafts of what was chosen; nothing where the guide has moved on since the page was made."""
    found = _held_plan(call)
    if found is None:
        raise Refusal("refused.import_gone")
    files, plan = found
    if call.form.get("mark") != plan.mark:
        raise Refusal("refused.import_moved_on")
    with call.transaction() as session:
        keep(session, call.by, plan, call.form_lists.get("topic", ()), files)
    return call.go("/guide", "import_kept", work="open")


def drop(call: Call) -> Response:
    """Forget what was brought."""
    with call.transaction() as session:
        let_go(session, call.person.login)
    return call.go("/guide-import", "import_dropped")


def look_page(call: Call) -> Response:
    """One topic of what was brought: as parents would read it, and what differs."""
    found = _held_plan(call)
    topic_id = call.path["topic_id"]
    one = next((one for one in found[1].drafts if one.topic_id == topic_id), None) if found else None
    if one is None or one.texts is None:
        raise Refusal("refused.import_gone")
    before = one.before or Texts("", "", "")
    parts = [
        ("compare.entry", differences(before.entry, one.texts.entry)),
        ("compare.wordings_zh", differences(before.wordings_zh, one.texts.wordings_zh)),
        ("compare.wordings_en", differences(before.wordings_en, one.texts.wordings_en)),
    ]
    desk = call.house.desk
    return call.show(
        "import_topic.html",
        topic=desk.shipped.guide.topics[topic_id],
        findings=[_told_finding(call, finding) for finding in one.findings],
        previews=desk.preview(topic_id, one.texts, call.language, None),
        parts_of_it=parts,
    )


def _held_plan(call: Call) -> tuple[str, ImportPlan] | None:
    """What the person brought last, decided about as the guide stands now."""
    login = call.person.login
    with call.reading() as session:
        found = held(session, login, call.now)
        if found is None:
            return None
        row, brought = found
        files = row.files
        standing = standing_of(session, topics_of(brought.pieces), login)
    desk = call.house.desk
    return files, plan_import(brought, desk.shipped.guide.topics, standing, desk.problems, call.today)


def _shown(call: Call, one: Planned) -> Shown:
    title = call.house.desk.shipped.guide.topics[one.topic_id].title(call.language)
    told = tuple(_told_finding(call, finding) for finding in one.findings[:MOST_FINDINGS])
    return Shown(one, title, told, max(0, len(one.findings) - MOST_FINDINGS))


def _told_finding(call: Call, finding: Finding) -> Told:
    if finding.place is not None:
        where = place_in_words(call, finding.place)
    else:
        part = "fields" if finding.part == "entry" else finding.part.replace(".", "_")
        where = call.w(f"edit.part_{part}")
    return Told(where, in_words(finding.message, call.language))


def _told_fault(call: Call, fault: Fault) -> Told:
    return Told(place_in_words(call, fault.place), in_words(fault.message, call.language))


def place_in_words(call: Call, place: Place) -> str:
    """A place in a file as the reader finds it there."""
    return call.w(f"import.place_{place.kind}", file=place.file, number=place.number)
