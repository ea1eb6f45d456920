"""A topic with its history, what differs, previews, and every step that is no writing."""

from datetime import datetime

from fastapi import Response

from bot.admin.page_call import Call
from bot.curation.drafting import discard, open_draft, review
from bot.curation.entry_form import form_of
from bot.curation.publishing import publish, roll_back, schedule, serve_only_signed, sign, withdraw
from bot.curation.revisions import history, revision, texts_of, topic_row
from bot.curation.shipped_edition import settle
from bot.curation.text_differences import differences
from bot.errors import Refusal
from knowledge.topics import Language, Topic


def topic_page(call: Call) -> Response:
    """One topic: what is served, what is open, what was."""
    topic_id = call.path["topic_id"]
    with call.reading() as session:
        row = topic_row(session, topic_id)
        revisions = history(session, topic_id)
    by_id = {one.id: one for one in revisions}
    published, open_one = by_id.get(row.published_id), by_id.get(row.open_id)
    shown = open_one or published
    return call.show(
        "topic.html",
        topic=topic_of(call, topic_id),
        row=row,
        published=published,
        open=open_one,
        waiting=by_id.get(row.conflict_id),
        revisions=revisions,
        problems=call.house.desk.problems(topic_id, texts_of(open_one)) if open_one else [],
        form=form_of(shown.entry) if shown else None,
    )


def topic_of(call: Call, topic_id: str) -> Topic:
    """The topic of a page's address.

    Raises: Refusal: there is none of this name.
    """
    topic = call.house.desk.shipped.guide.topics.get(topic_id)
    if topic is None:
        raise Refusal("refused.topic")
    return topic


def preview_page(call: Call) -> Response:
    """A revision as the parent will see it, in Telegram and in the browser, at an age."""
    topic_id = call.path["topic_id"]
    language: Language = "en" if call.query.get("language", call.language) == "en" else "zh"
    age = call.query.get("age", "")
    with call.reading() as session:
        row = topic_row(session, topic_id)
        given = call.query.get("revision", "")
        one = revision(session, int(given) if given.isdigit() else row.open_id or row.published_id)
        if one.topic_id != topic_id:
            raise Refusal("refused.revision")
    months = int(age) if age.isdigit() and int(age) <= 36 else None
    previews = call.house.desk.preview(topic_id, texts_of(one), language, months)
    return call.show(
        "preview.html", topic=topic_of(call, topic_id), one=one, previews=previews, language=language, age=age
    )


def compare_page(call: Call) -> Response:
    """What differs between two revisions; the open one against the published one where none are named."""
    topic_id = call.path["topic_id"]
    with call.reading() as session:
        row = topic_row(session, topic_id)
        before, after = (
            revision(session, int(given) if given.isdigit() else otherwise)
            for given, otherwise in (
                (call.query.get("from", ""), row.published_id),
                (call.query.get("to", ""), row.open_id or row.published_id),
            )
        )
        if {before.topic_id, after.topic_id} != {topic_id}:
            raise Refusal("refused.revision")
    parts = [
        ("compare.entry", differences(before.entry, after.entry)),
        ("compare.wordings_zh", differences(before.wordings_zh, after.wordings_zh)),
        ("compare.wordings_en", differences(before.wordings_en, after.wordings_en)),
    ]
    return call.show("compare.html", topic=topic_of(call, topic_id), before=before, after=after, parts_of_it=parts)


def start_draft(call: Call) -> Response:
    """Begin to edit, or go on."""
    with call.transaction() as session:
        open_draft(session, call.by, call.path["topic_id"])
    return call.go(f"/guide/{call.path['topic_id']}/edit")


def _version(call: Call) -> tuple[int, int]:
    given = (call.form.get("revision", ""), call.form.get("version", ""))
    if not all(one.isdigit() for one in given):
        raise Refusal("refused.moved_on")
    return int(given[0]), int(given[1])


def _back(call: Call, said: str) -> Response:
    return call.go(f"/guide/{call.path['topic_id']}", said)


def discard_draft(call: Call) -> Response:
    """Let the open revision go."""
    with call.transaction() as session:
        discard(session, call.by, *_version(call))
    return _back(call, "discarded")


def review_draft(call: Call) -> Response:
    """Approve, or send back with a note."""
    approved = call.form.get("verdict") == "approve"
    with call.transaction() as session:
        review(session, call.by, *_version(call), approved=approved, note=call.form.get("note", ""))
    return _back(call, "approved" if approved else "sent_back")


def sign_entry(call: Call) -> Response:
    """Put one's name and qualification under an entry."""
    if "understood" not in call.form:
        raise Refusal("refused.not_understood")
    person = call.person
    with call.transaction() as session:
        sign(session, call.by, *_version(call), person.name, person.qualification, call.today)
    return _back(call, "signed")


def publish_draft(call: Call) -> Response:
    """Serve an approved revision now, or from a set minute on."""
    at = call.form.get("at", "")
    with call.transaction() as session:
        if at:
            schedule(session, call.by, *_version(call), _instant(call, at))
        else:
            publish(session, call.by, *_version(call))
    return _back(call, "scheduled" if at else "published")


def _instant(call: Call, typed: str) -> datetime:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=call.house.clock.zone)
    except ValueError as error:
        raise Refusal("refused.instant") from error


def withdraw_entry(call: Call) -> Response:
    """Stop serving an entry."""
    with call.transaction() as session:
        withdraw(session, call.by, call.path["topic_id"], call.form.get("reason", ""))
    return _back(call, "withdrawn")


def roll_back_entry(call: Call) -> Response:
    """Serve an earlier revision again."""
    given = call.form.get("revision", "")
    with call.transaction() as session:
        roll_back(session, call.by, call.path["topic_id"], int(given) if given.isdigit() else 0)
    return _back(call, "rolled_back")


def settle_conflict(call: Call) -> Response:
    """Keep ours, or go on from theirs."""
    theirs = call.form.get("take") == "theirs"
    with call.transaction() as session:
        settle(session, call.by, call.path["topic_id"], take_theirs=theirs)
    return _back(call, "settled")


def choose_mode(call: Call) -> Response:
    """Serve signed entries alone, or all."""
    with call.transaction() as session:
        serve_only_signed(session, call.by, on=call.form.get("only_signed") == "yes")
    return call.go("/guide", "saved")
