"""Was I told? What was sent to a family, when, and why not; asked for by the family's mark or a chat's, and noted."""

from fastapi import Response
from sqlmodel import Session, select

from bot.admin.delivery_words import why
from bot.admin.page_call import Call
from bot.audit_log import note_change_by
from bot.errors import Refusal
from bot.families.family_rows import CaregiverRow, FamilyRow
from bot.outreach.ledger import LedgerLine, ledger_of_chat
from bot.outreach.outreach_rows import ContactRow


def ledger_page(call: Call) -> Response:
    """The form, and below it what was sent to each chat that the mark stands for."""
    wanted = call.query.get("mask", "").strip().upper()
    if not wanted:
        return call.show("ledger.html", wanted="", chats=[])
    with call.transaction() as session:
        found = _chats(call, session, wanted)
        if not found:
            raise Refusal("refused.ledger_mask")
        chats = [(key, session.get(ContactRow, key), ledger_of_chat(session, key, call.now)) for key in found]
        note_change_by(session, call.by, "ledger.look", wanted)
    shown = [
        {"mask": call.chat(key), "contact": contact, "lines": [_shown(call, line) for line in lines]}
        for key, contact, lines in chats
    ]
    return call.show("ledger.html", wanted=wanted, chats=shown)


def _shown(call: Call, line: LedgerLine) -> dict[str, object]:
    return {"line": line, "why": why(call, line.reason)}


def _chats(call: Call, session: Session, wanted: str) -> list[str]:
    """The hidden addresses that a mark stands for; empty where it stands for nobody."""
    if wanted.startswith("C-"):
        return [key for key in session.exec(select(ContactRow.chat_key)).all() if call.chat(key) == wanted][:1]
    family_id = next((one for one in session.exec(select(FamilyRow.id)).all() if call.family(one) == wanted), None)
    members = session.exec(select(CaregiverRow.chat_key).where(CaregiverRow.family_id == family_id)).all()
    return sorted(members) if family_id is not None else []
