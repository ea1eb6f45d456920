"""Who works here: list, invitation, role, end, a lost password; the table of permissions; the audit log; a masked family."""

import json
from typing import Any

from fastapi import Response
from sqlalchemy import func
from sqlmodel import col, select

from bot.admin.page_call import Call
from bot.admin.permissions import ACTIONS, PERMISSIONS, ROLES
from bot.admin.staff_accounts import change_staff, everyone, reset_password
from bot.admin.staff_invitations import invite, open_invitations, withdraw_invitation
from bot.admin.staff_words import staff_catalogue
from bot.audit_log import AuditRow, changes_noted, note_change_by
from bot.errors import Refusal
from bot.families.family_rows import ChildRow, FamilyRow

LEAST_REASON_CHARACTERS = 8
AUDIT_PAGE = 50


def people_page(call: Call) -> Response:
    """Everybody, and the invitations that still work."""
    with call.reading() as session:
        people, invitations = everyone(session), open_invitations(session, call.by)
    return call.show("people.html", people=people, invitations=invitations, roles=ROLES)


def invite_someone(call: Call) -> Response:
    """A link, shown once."""
    with call.transaction() as session:
        code = invite(session, call.by, call.form.get("name", ""), call.form.get("role", ""))
    call.more = {"link_path": f"/admin/join/{code}"}
    return people_page(call)


def uninvite(call: Call) -> Response:
    """Take an invitation back."""
    with call.transaction() as session:
        withdraw_invitation(session, call.by, call.form.get("invitation", ""))
    return call.go("/people", "saved")


def change_someone(call: Call) -> Response:
    """Name, role, qualification, and whether the person may sign in."""
    form = call.form
    with call.transaction() as session:
        change_staff(
            session,
            call.by,
            call.path["staff_id"],
            name=form.get("name", ""),
            role=form.get("role", ""),
            qualification=form.get("qualification", ""),
            active="active" in form,
        )
    return call.go("/people", "saved")


def reset_someone(call: Call) -> Response:
    """A one-time password, shown once."""
    with call.transaction() as session:
        password = reset_password(session, call.by, call.path["staff_id"])
    call.more = {"one_time": password}
    return people_page(call)


def permissions_page(call: Call) -> Response:
    """The table of permissions as it is enforced."""
    return call.show("permissions.html", actions=ACTIONS, roles=ROLES, table=PERMISSIONS)


def audit_page(call: Call) -> Response:
    """Every change, newest first, by person, kind or subject."""
    query = call.query
    before = query.get("before", "")
    with call.reading() as session:
        rows = changes_noted(
            session,
            who=query.get("who", ""),
            action=query.get("action", ""),
            subject=query.get("subject", ""),
            before_id=int(before) if before.isdigit() else None,
            most=AUDIT_PAGE,
        )
    kinds = (
        "people",
        "session",
        "guide",
        "asked",
        "family",
        "events",
        "door",
        "announcements",
        "visits",
        "places",
        "ledger",
        "ticket",
        "indicators",
    )
    return call.show("audit.html", rows=[_shown(call, row) for row in rows], full=len(rows) == AUDIT_PAGE, kinds=kinds)


def _shown(call: Call, row: AuditRow) -> dict[str, Any]:
    """A change in words; what was done by another edition of the product, in its own name."""
    before, after = (json.loads(text) if text else {} for text in (row.before, row.after))
    names = list(dict.fromkeys([*before, *after]))
    changes = [(name, before.get(name, ""), after.get(name, "")) for name in names]
    key = f"did.{row.action}"
    did = call.w(key) if key in staff_catalogue()[call.language] else row.action
    return {"row": row, "did": did, "changes": changes}


def reveal_page(call: Call) -> Response:
    """The form: which family, and why."""
    return call.show("reveal.html", found=None)


def reveal(call: Call) -> Response:
    """The id behind a mask, noted with the reason before it is shown.

    Raises: Refusal: no reason, or no family of that mask.
    """
    wanted = call.form.get("mask", "").strip().upper()
    reason = " ".join(call.form.get("reason", "").split())
    if len(reason) < LEAST_REASON_CHARACTERS:
        raise Refusal("refused.reason", least=LEAST_REASON_CHARACTERS)
    with call.transaction() as session:
        ids = session.exec(select(FamilyRow.id)).all()
        found = next((session.get(FamilyRow, one) for one in ids if call.family(one) == wanted), None)
        if found is None:
            raise Refusal("refused.mask")
        children = session.exec(
            select(func.count()).select_from(ChildRow).where(col(ChildRow.family_id) == found.id)
        ).one()
        note_change_by(session, call.by, "family.reveal", wanted, reason=reason)
    return call.show("reveal.html", found=found, children=children, mask=wanted)
