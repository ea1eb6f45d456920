"""The address of every page that staff can look at, with real ids out of the database, filters, and last pages of lists.

What a page's path needs is found here; a page with a new kind of id says so, so that no page is left out of the walk.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from sqlmodel import Session, col, func, select

from bot.admin.page_call import Page, mask, mask_chat
from bot.admin.pages_map import PAGES
from bot.audit_log import AuditRow
from bot.curation.curation_rows import GuideTopicRow
from bot.curation.guide_files import FileForm
from bot.curation.import_pieces import brought_of, topics_of
from bot.curation.import_rows import GuideImportRow
from bot.events.event_rows import EventRow
from bot.events.visit_messages import families_agreeing_to_events
from bot.events.visit_rows import HomeVisitRow
from bot.families.family_rows import CaregiverRow
from bot.indicators.indicator_pictures import PICTURES
from bot.indicators.report_rows import kept_quarters
from bot.outreach.announcement_rows import AnnouncementRow
from bot.outreach.outreach_rows import ContactRow
from bot.tickets.ticket_rows import TicketRow

EVENTS_A_PAGE = 50
_NEEDED = re.compile(r"\{([a-z_]+)\}")

_ALSO = {
    "/guide": ("?work=to_verify", "?work=open", "?word=sleep", "?domain=feeding"),
    "/guide/{topic_id}/preview": ("?language=en&age=8",),
    "/asked": ("?why=no_answer", "?why=disliked"),
    "/playground": ("?text=宝宝发烧39度怎么办&language=zh&age=8", "?text=when+to+start+solids&language=en"),
    "/audit": ("?action=guide", "?who=lin", "?who=nobody", "?before={last_audit}", "?action=visits"),
    "/tickets": ("?list=closed",),
    "/events": ("?when=past", "?when=past&page={last_page}", "?status=full", "?district=浦东新区&kind=station", "?word=DEMO-0001"),
    "/ledger": ("?mask={family_mask}", "?mask={chat_mask}"),
    "/visits": ("?state=done", "?district=浦东新区"),
    "/places": ("?district=浦东新区", "?fresh=stale"),
    "/indicators": ("?quarter={quarter}",),
}  # fmt: skip
"""What is looked at besides the bare page."""

_STATE_OF_STEP = {"start": "testing", "confirm": "awaiting_second_person", "resume": "paused", "cancel": "running"}
"""The state in which a step of an announcement can be taken."""

_COMING = ("edit", "move", "cancel", "resize")
_PRINTED_DOMAIN = "sleep"
"""Word and PDF are taken out one domain at a time."""


@dataclass(frozen=True)
class Address:
    """Where to look. `name`: the page's path as `PAGES` has it, with what is asked of it."""

    name: str
    path: str
    page: Page


def addresses(session: Session, secret: bytes, now: datetime, invitation: str) -> list[Address]:
    """Every page that can be looked at. `invitation`: the code of an open one; `secret`: what masks families.

    Raises: LookupError: a page needs an id that nobody named here, or the database has no row for it.
    """
    ids = _ids(session, secret, now, invitation)
    found = []
    for page in PAGES:
        if page.method == "GET":
            for asked in ("", *_ALSO.get(page.path, ())):
                for own in _own_ids(session, page.path, now):
                    path = _filled(page.path + asked, ids | own)
                    name = f"{page.path}{asked} {own.get('name', '')}".strip()
                    found.append(Address(name, path, page))
    return found


def _filled(path: str, ids: Mapping[str, str]) -> str:
    missing = [name for name in _NEEDED.findall(path) if not ids.get(name)]
    if missing:
        message = f"{path}: there is nothing to put for {', '.join(missing)}; say in page_walk where it is found"
        raise LookupError(message)
    return _NEEDED.sub(lambda match: ids[match[1]], path)


def _ids(session: Session, secret: bytes, now: datetime, invitation: str) -> dict[str, str]:
    past = select(func.count()).select_from(EventRow).where(col(EventRow.ends_at) <= now)
    last_page = max(1, -(-session.exec(past).one() // EVENTS_A_PAGE))
    members = select(CaregiverRow.family_id).group_by(col(CaregiverRow.family_id))
    largest = members.order_by(func.count().desc(), col(CaregiverRow.family_id).desc())
    family_id = session.exec(largest).first() or ""
    chat_key = session.exec(select(ContactRow.chat_key).order_by(col(ContactRow.chat_key).desc())).first() or ""
    written = select(GuideTopicRow.topic_id).where(col(GuideTopicRow.open_id).is_not(None))
    waiting = select(TicketRow.id).where(col(TicketRow.state) == "waiting")
    fullest = select(EventRow.id).where(col(EventRow.status) != "draft").order_by(col(EventRow.taken).desc())
    seen = select(HomeVisitRow.id).where(col(HomeVisitRow.family_id).in_(families_agreeing_to_events()))
    return {
        "code": invitation,
        "topic_id": session.exec(written.order_by(col(GuideTopicRow.topic_id))).first() or "",
        "ticket_id": session.exec(waiting.order_by(col(TicketRow.id))).first() or "",
        "event_id": session.exec(fullest).first() or "",
        "visit_id": session.exec(seen.order_by(col(HomeVisitRow.id))).first() or "",
        "announcement_id": _announced(session, "running"),
        "quarter": next(iter(kept_quarters(session)), ""),
        "last_audit": str(max(2, (session.exec(select(func.max(AuditRow.id))).one() or 0) // 50)),
        "last_page": str(last_page),
        "family_mask": mask(secret, family_id),
        "chat_mask": mask_chat(secret, chat_key),
    }


def _own_ids(session: Session, path: str, now: datetime) -> Iterator[dict[str, str]]:
    """The ids that fit this page alone: an event that is still to come, an announcement in the right state."""
    step = path.rpartition("/")[2]
    if path.startswith("/announcements/{announcement_id}/"):
        yield {"announcement_id": _announced(session, _STATE_OF_STEP.get(step, "draft"))}
    elif path.startswith("/events/{event_id}/") and step in _COMING:
        coming = select(EventRow.id).where(col(EventRow.starts_at) > now, col(EventRow.status) == "published")
        yield {"event_id": session.exec(coming.order_by(col(EventRow.taken).desc())).first() or ""}
    elif path == "/announcements/{announcement_id}":
        for state in ("draft", "running", "paused", "done"):
            newest = col(AnnouncementRow.created_at).desc()
            where = select(AnnouncementRow.id).where(col(AnnouncementRow.state) == state)
            yield {"announcement_id": session.exec(where.order_by(newest)).first() or "", "name": state}
    elif path == "/guide-import/topic/{topic_id}":
        yield {"topic_id": _brought(session)}
    elif path == "/guide-import/template/{form}":
        yield from ({"form": form, "name": form} for form in get_args(FileForm))
    elif path == "/guide-export/{form}":
        for form in get_args(FileForm):
            asked = f"?domain={_PRINTED_DOMAIN}" if form in {"docx", "pdf"} else ""
            yield {"form": f"{form}{asked}", "name": form}
    elif "{name}" in path:
        yield from ({"name": name} for name in PICTURES)
    else:
        yield {}


def _brought(session: Session) -> str:
    """A topic of files that somebody brought and has not decided about."""
    row = session.exec(select(GuideImportRow)).first()
    return next(iter(topics_of(brought_of(json.loads(row.brought)).pieces)), "") if row is not None else ""


def _announced(session: Session, state: str) -> str:
    where = select(AnnouncementRow.id).where(col(AnnouncementRow.state) == state)
    return session.exec(where.order_by(col(AnnouncementRow.created_at).desc())).first() or ""
