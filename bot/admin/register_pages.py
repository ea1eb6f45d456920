"""Service points: every row with the day it was checked, and a table to take in, whose faults are told line by line."""

import io
from collections.abc import Sequence

from fastapi import Response

from bot.admin.page_call import Call
from bot.audit_log import note_change_by
from bot.curation.problem_words import in_words
from bot.errors import Refusal
from knowledge.csv_table import rows_of_table
from knowledge.districts import DISTRICTS
from knowledge.faults import Problem
from knowledge.place_files import read_place_files, take_in_places
from knowledge.places import COLUMNS, FRESH_DAYS, PLACE_KINDS

LISTED = 300
MOST_PROBLEMS = 100


def list_page(call: Call) -> Response:
    """By district, kind and freshness; what was not checked for long comes first."""
    return _page(call)


def take_in(call: Call) -> Response:
    """All rows of a table, or none where one is wrong."""
    if call.form.get("file_fault"):
        raise Refusal("refused.not_csv")
    text = call.form.get("file", "") or call.form.get("table", "")
    if not text.strip():
        raise Refusal("refused.no_table")
    if call.house.places_file is None:
        raise Refusal("refused.no_register")
    rows = rows_of_table(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    if not rows:
        raise Refusal("refused.no_table")
    with call.transaction() as session:  # one table after the other
        count, problems = take_in_places(rows, "", call.house.places_file)
        if not problems:
            note_change_by(session, call.by, "places.take_in", "places", after={"rows": len(rows), "held": count})
    if problems:
        return _page(call, problems, kept=text)
    return call.go("/places", "places_taken")


def _page(call: Call, problems: Sequence[Problem] = (), kept: str = "") -> Response:
    if problems:
        call.refused = call.w("refused.place_rows", count=len(problems))
    places, broken = read_place_files(call.house.places_file)
    query = {name: call.query.get(name, "") for name in ("district", "kind", "fresh")}
    found = [
        place
        for place in places
        if query["district"] in {"", place.district}
        and query["kind"] in {"", place.kind}
        and (query["fresh"] != "stale" or not place.is_fresh(call.today))
    ]
    return call.show(
        "places.html",
        places=sorted(found, key=lambda one: (one.verified_on, one.district, one.name))[:LISTED],
        count=len(found),
        stale=sum(not one.is_fresh(call.today) for one in places),
        broken=[f"{one.file} {_sentence(call, one)}" for one in broken],
        problems=[_sentence(call, one) for one in sorted(problems)[:MOST_PROBLEMS]],
        kept=kept,
        query=query,
        districts=[zh for zh, _en in DISTRICTS],
        kinds=PLACE_KINDS,
        columns=", ".join(COLUMNS),
        fresh_days=FRESH_DAYS,
    )


def _sentence(call: Call, problem: Problem) -> str:
    return f"{call.w('edit.line', line=problem.line)}: {in_words(problem.message, call.language)}"
