"""The guide as files to take along, and a filled-in example of every form that can be brought."""

from typing import get_args
from urllib.parse import quote

from fastapi import Response
from sqlmodel import Session, col, select

from bot.admin.page_call import Call
from bot.curation.curation_rows import GuideTopicRow, RevisionRow
from bot.curation.entry_form import Texts
from bot.curation.guide_files import MEDIA_TYPES, FileForm, guide_file
from bot.curation.revisions import texts_of
from bot.curation.writing_process import write_guide_file
from bot.errors import Refusal

EXAMPLE = "care.teeth"
"""The entry that the templates are filled in with, where it is served."""


def template_file(call: Call) -> Response:
    """One served entry in a form: what the form looks like, and unchanged it brings no change."""
    form = _form(call)
    with call.reading() as session:
        texts = _published(session, EXAMPLE) or _published(session)
    if not texts:
        raise Refusal("refused.export_nothing")
    topic_id = next(iter(texts))
    return _file(form, guide_file(form, {topic_id: texts[topic_id]}, call.language), f"qihui-{topic_id}.{form}")


def export_file(call: Call) -> Response:
    """Everything that is published, or the topics of one domain."""
    form = _form(call)
    domain = call.query.get("domain", "")
    with call.reading() as session:
        texts = {
            topic_id: text
            for topic_id, text in _published(session).items()
            if not domain or topic_id.startswith(f"{domain}.")
        }
    if not texts:
        raise Refusal("refused.export_nothing")
    name = f"qihui-guide{f'-{domain}' if domain else ''}-{call.today.isoformat()}.{form}"
    return _file(form, write_guide_file(form, texts, call.language), name)


def _published(session: Session, topic_id: str = "") -> dict[str, Texts]:
    statement = select(RevisionRow).join(GuideTopicRow, col(GuideTopicRow.published_id) == col(RevisionRow.id))
    if topic_id:
        statement = statement.where(col(RevisionRow.topic_id) == topic_id)
    rows = session.exec(statement.order_by(col(RevisionRow.topic_id))).all()
    return {row.topic_id: texts_of(row) for row in rows}


def _form(call: Call) -> FileForm:
    form = call.path["form"]
    if form not in get_args(FileForm):
        raise Refusal("refused.export_kind")
    return form  # type: ignore[return-value] # looked at above


def _file(form: FileForm, content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)
