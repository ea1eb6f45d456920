"""The children of a family: add, change, read. Sealed on the way in, opened on the way out, by right only."""

from collections.abc import Callable
from datetime import date
from typing import Any, Literal, cast

from sqlmodel import col, select

from bot.errors import Refusal
from bot.families.change_log import note_change
from bot.families.child import Child, Sex, check_born_on, check_nickname, check_street, check_weeks
from bot.families.consent import CHILD_PURPOSES, Purpose, given
from bot.families.family_rows import ChildRow, new_id
from bot.families.membership import memberships, require
from bot.families.roles import Right
from bot.flow import Visit
from bot.sealing import Keyring, place_of
from knowledge.districts import DISTRICTS

MOST_CHILDREN = 8

FieldName = Literal["nickname", "born_on", "gestation_weeks", "sex", "district", "street"]
_FIELDS: tuple[FieldName, ...] = ("nickname", "born_on", "gestation_weeks", "sex", "district", "street")
_APPROXIMATE = "~"


def add_child(
    visit: Visit, family_id: str, nickname: str, born_on: date, *, approximate: bool, gestation_weeks: int | None
) -> Child:
    """Add a child to a family of the visitor.

    Raises: Refusal: the visitor is not a guardian there, nothing was agreed to that needs a child, the name is taken or
        odd, the date cannot be, or there are too many children.
    """
    require(visit, family_id, "consent")
    if not given(visit, family_id) & CHILD_PURPOSES:
        raise Refusal("consent.needed")
    known = children_of_family(visit, family_id)
    if len(known) >= MOST_CHILDREN:
        raise Refusal("child.too_many", most=MOST_CHILDREN)
    child = Child(
        id=new_id(),
        family_id=family_id,
        nickname=_free_nickname(nickname, known),
        born_on=born_on,
        born_approximate=approximate,
        gestation_weeks=None if gestation_weeks is None else check_weeks(gestation_weeks),
    )
    check_born_on(born_on, visit.today)
    row = ChildRow(id=child.id, family_id=family_id, added_at=visit.now, **_sealed(child, visit.keys))
    visit.session.add(row)
    visit.session.flush()
    note_change(visit, family_id, "child_added", child.id)
    return child


def change_child(visit: Visit, child_id: str, **changes: Any) -> Child:
    """Change fields of a child that the visitor shares; `born_approximate` goes with `born_on`.

    Raises: Refusal: the child is not the visitor's to change, or a value cannot be. Nothing is changed then.
    """
    before = the_child(visit, child_id, "edit")
    siblings = [child for child in children_of_family(visit, before.family_id) if child.id != child_id]
    checks: dict[str, Callable[[Any], Any]] = {
        "nickname": lambda value: _free_nickname(value, siblings),
        "gestation_weeks": lambda value: None if value is None else check_weeks(value),
        "sex": _known_sex,
        "district": _known_district,
        "street": lambda value: None if value is None else check_street(value),
    }
    values = {name: checks[name](value) if name in checks else value for name, value in changes.items()}
    if "born_on" in values:
        check_born_on(values["born_on"], visit.today)
        values.setdefault("born_approximate", False)
    after = Child(**{**vars(before), **values})
    row = visit.session.get(ChildRow, child_id)
    if row is None:
        raise Refusal("family.not_yours")
    for name, sealed in _sealed(after, visit.keys).items():
        setattr(row, name, sealed)
    visit.session.add(row)
    for name in _FIELDS:
        if name in values:
            note_change(visit, before.family_id, name, child_id)
    return after


def the_child(visit: Visit, child_id: str, right: Right) -> Child:
    """One child, for someone who has this right.

    Raises: Refusal: the child is not there or not shared with the visitor (the answer is the same), or the role has
        no such right.
    """
    row = visit.session.get(ChildRow, child_id)
    if row is None:
        raise Refusal("family.not_yours")
    require(visit, row.family_id, right)
    return opened_child(row, visit.keys)


def children_of_family(visit: Visit, family_id: str) -> list[Child]:
    """The children of one family, the eldest first.

    Raises: Refusal: the family is not the visitor's.
    """
    require(visit, family_id, "see")
    rows = visit.session.exec(select(ChildRow).where(col(ChildRow.family_id) == family_id)).all()
    return sorted((opened_child(row, visit.keys) for row in rows), key=lambda child: (child.born_on, child.nickname))


def children_shared(visit: Visit) -> list[Child]:
    """Every child that the visitor shares, in all families, the eldest first."""
    found = [child for member in memberships(visit) for child in children_of_family(visit, member.family_id)]
    return sorted(found, key=lambda child: (child.born_on, child.nickname))


def children_for(visit: Visit, purpose: Purpose) -> list[Child]:
    """The children that the visitor shares and whose guardians agreed to this purpose, the eldest first."""
    shared = children_shared(visit)
    agreed = {family_id for family_id in {one.family_id for one in shared} if purpose in given(visit, family_id)}
    return [child for child in shared if child.family_id in agreed]


def _free_nickname(nickname: str, siblings: list[Child]) -> str:
    plain = check_nickname(nickname)
    if any(plain.casefold() == child.nickname.casefold() for child in siblings):
        raise Refusal("child.nickname_taken", nickname=plain)
    return plain


def _known_sex(value: Any) -> Sex | None:
    if value not in {"f", "m", None}:
        raise Refusal("button_gone")
    return cast("Sex | None", value)


def _known_district(value: Any) -> str | None:
    if value is not None and value not in {zh for zh, _ in DISTRICTS}:
        raise Refusal("child.district_odd")
    return cast("str | None", value)


def _sealed(child: Child, keys: Keyring) -> dict[str, Any]:
    born_on = f"{_APPROXIMATE if child.born_approximate else ''}{child.born_on.isoformat()}"
    plain = {**vars(child), "born_on": born_on}
    return {
        name: None if plain[name] is None else keys.seal(str(plain[name]), place_of("child", child.id, name))
        for name in _FIELDS
    }


def opened_child(row: ChildRow, keys: Keyring) -> Child:
    """A child as a value; the caller has checked the right to."""

    def plain(name: FieldName) -> str | None:
        sealed = getattr(row, name)
        return None if sealed is None else keys.open(sealed, place_of("child", row.id, name))

    born_on, weeks = plain("born_on") or "", plain("gestation_weeks")
    return Child(
        id=row.id,
        family_id=row.family_id,
        nickname=plain("nickname") or "",
        born_on=date.fromisoformat(born_on.removeprefix(_APPROXIMATE)),
        born_approximate=born_on.startswith(_APPROXIMATE),
        gestation_weeks=None if weeks is None else int(weeks),
        sex=_known_sex(plain("sex")),
        district=plain("district"),
        street=plain("street"),
    )


def placed_child(child_id: str, family_id: str, born_on: str, district: str | None, keys: Keyring) -> Child:
    """A child of whom only the sealed birth date and district are opened; everything else stays as not told."""
    born = keys.open(born_on, place_of("child", child_id, "born_on"))
    return Child(
        id=child_id,
        family_id=family_id,
        nickname="",
        born_on=date.fromisoformat(born.removeprefix(_APPROXIMATE)),
        born_approximate=born.startswith(_APPROXIMATE),
        district=None if district is None else keys.open(district, place_of("child", child_id, "district")),
    )
