"""The commands about a child's growth and milestones: `qihui growth` and `qihui milestones`.

Dates are calendar days of the families' zone; `--on` is today there when it is not given.
"""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from bot.settings import read_settings
from knowledge.faults import GuideFault, InputFault

if TYPE_CHECKING:
    from knowledge.growth_assessment import Assessment
    from knowledge.growth_reading import Measurement
    from knowledge.milestones import Milestones, Outcome, Questionnaire, Reply

_Born = Annotated[str, typer.Option(help="day of birth, like 2025-11-24")]
_On = Annotated[str | None, typer.Option(help="the day to look at; default: today")]
_Weeks = Annotated[int | None, typer.Option(help="completed weeks of gestation, for a child born early")]
_Lang = Annotated[Literal["zh", "en"], typer.Option(help="language of the words")]
_AsJson = Annotated[bool, typer.Option("--json", help="print JSON alone")]

_EARLIER_FIELDS = ("weight-kg", "length-cm", "head-cm")


def growth(
    sex: Annotated[Literal["f", "m"], typer.Option(help="girl (f) or boy (m): the standards differ")],
    born: _Born,
    on: _On = None,
    weight_kg: Annotated[float | None, typer.Option(help="weight in kg (not 斤)")] = None,
    length_cm: Annotated[float | None, typer.Option(help="length or height in cm")] = None,
    head_cm: Annotated[float | None, typer.Option(help="head circumference in cm")] = None,
    position: Annotated[
        Literal["lying", "standing"] | None,
        typer.Option(help="how the length was taken; default: lying before 2 years, standing after"),
    ] = None,
    gestation_weeks: _Weeks = None,
    earlier: Annotated[
        list[str] | None,
        typer.Option(help="an earlier measurement, like 2026-05-01,weight-kg=7.5,length-cm=66 (again for more)"),
    ] = None,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="the numbers were looked at again and are right")
    ] = False,
    lang: _Lang = "zh",
    as_json: _AsJson = False,
    png: Annotated[Path | None, typer.Option(help="draw the chart into this file", dir_okay=False)] = None,
) -> None:
    """Where a weight, length or head lies in the WHO standard; unlikely numbers are asked back first."""
    from knowledge.growth_assessment import assess
    from knowledge.growth_reading import Child, Measurement
    from knowledge.growth_words import growth_sentences
    from knowledge.load_growth import load_growth_standard, load_growth_words

    try:
        child = Child(sex, _day("--born", born), gestation_weeks)
        measured = Measurement(_day_or_today(on), weight_kg, length_cm, head_cm, position)
        before = tuple(_earlier(text) for text in earlier or ())
        standard, words = load_growth_standard(), load_growth_words()[lang]
        found = assess(standard, child, measured, before, confirmed=confirmed)
    except (InputFault, GuideFault) as fault:
        _refuse(str(fault))
    sentences = growth_sentences(words, found)
    if as_json:
        typer.echo(json.dumps(_growth_json(found, sentences), ensure_ascii=False))
    else:
        typer.echo("\n".join(sentences))
    if png is None:
        return
    if found.doubts:
        _refuse("no picture drawn: a number is in doubt; mend it, or add --confirmed if it is right")
    from bot.care.growth_chart import draw_growth_chart

    picture = draw_growth_chart(standard, words, found)
    try:
        png.write_bytes(picture)
    except OSError as error:
        _refuse(f"{png} cannot be written ({error.strerror}); name a file in a folder that exists")


def milestones(
    born: _Born,
    on: _On = None,
    gestation_weeks: _Weeks = None,
    answer: Annotated[
        list[str] | None, typer.Option(help="an answer, like w12a=yes, =no or =unsure (again for more)")
    ] = None,
    lang: _Lang = "zh",
    as_json: _AsJson = False,
) -> None:
    """What many children do at this age, what to play, and the warning signs to look for; with answers, what follows."""
    from knowledge.child_age import child_age
    from knowledge.load_growth import load_milestones
    from knowledge.milestone_words import milestone_lines, outcome_lines
    from knowledge.milestones import outcome, questionnaire

    try:
        loaded = load_milestones()
        asked = questionnaire(loaded, child_age(_day("--born", born), _day_or_today(on), gestation_weeks))
        result = outcome(asked, dict(_reply(text) for text in answer)) if answer else None
    except (InputFault, GuideFault) as fault:
        _refuse(str(fault))
    lines = milestone_lines(loaded, asked, lang) if result is None else outcome_lines(loaded, result, lang)
    if as_json:
        typer.echo(json.dumps(_milestones_json(asked, result, lines, loaded), ensure_ascii=False))
    else:
        typer.echo("\n".join(lines))


def _refuse(sentence: str) -> NoReturn:
    typer.echo(f"qihui: {sentence}", err=True)
    raise typer.Exit(1)


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputFault("no_date", f"{option} {text!r} is no date; write it like 2025-11-24") from error


def _day_or_today(text: str | None) -> date:
    if text is not None:
        return _day("--on", text)
    from bot.clock import SystemClock

    return SystemClock(read_settings().timezone).today()


def _earlier(text: str) -> "Measurement":
    from knowledge.growth_reading import Measurement

    day, *parts = text.split(",")
    values: dict[str, float] = {}
    for part in parts:
        name, _, number = part.partition("=")
        try:
            values[name.strip()] = float(number)
        except ValueError as error:
            raise InputFault("earlier", f"--earlier {text!r}: {part!r} is not like weight-kg=7.5") from error
    strange = sorted(set(values) - set(_EARLIER_FIELDS))
    if strange:
        message = f"--earlier {text!r}: {strange[0]} is not one of {', '.join(_EARLIER_FIELDS)}"
        raise InputFault("earlier", message)
    weight, length, head = (values.get(name) for name in _EARLIER_FIELDS)
    return Measurement(_day("--earlier", day), weight, length, head)


def _reply(text: str) -> "tuple[str, Reply]":
    from knowledge.milestones import REPLIES

    sign_id, _, said = text.partition("=")
    reply = next((reply for reply in REPLIES if reply == said), None)
    if reply is None:
        raise InputFault("answer", f"--answer {text!r} is not like w12a=yes; answer with {', '.join(REPLIES)}")
    return sign_id, reply


def _growth_json(found: "Assessment", sentences: list[str]) -> dict[str, Any]:
    from dataclasses import asdict

    age = found.age
    return {
        "sex": found.child.sex,
        "born": found.child.born_on.isoformat(),
        "on": found.measurement.on.isoformat(),
        "standard": "WHO 2006",
        "age": {
            "chronological": asdict(age.chronological),
            "corrected": None if age.corrected is None else asdict(age.corrected),
            "weeks_early": age.weeks_early,
            "used": "chronological" if age.corrected is None else "corrected",
        },
        "measures": {
            reading.measure: {
                "value": reading.value,
                "z": _rounded(reading.z, 3),
                "percentile": _rounded(reading.percentile, 1),
                "z_chronological": _rounded(reading.z_chronological, 3),
                "place": reading.place,
                "believable": reading.believable,
            }
            for reading in found.readings
        },
        "doubts": [asdict(doubt) for doubt in found.doubts],
        "crossings": [asdict(one) | {"since": one.since.isoformat()} for one in found.crossed],
        "text": "\n".join(sentences),
        "sources": ["WHOGROW06", "WST423", "CNPRETERM"],
    }


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)


def _milestones_json(
    asked: "Questionnaire", result: "Outcome | None", lines: list[str], loaded: "Milestones"
) -> dict[str, Any]:
    from dataclasses import asdict

    age, step = asked.age, asked.step
    return {
        "age": {
            "months": age.chronological.months,
            "corrected_months": None if age.corrected is None else age.corrected.months,
            "weeks_early": age.weeks_early,
            "used": "chronological" if age.corrected is None else "corrected",
        },
        "from_month": step.from_month,
        "before_month": step.before_month,
        "doing": [asdict(item) for item in step.doing],
        "play": [{k: v for k, v in asdict(item).items() if k != "about_months"} for item in step.play],
        "questions": [asdict(sign) for sign in asked.questions],
        "topics": list(step.topics),
        "result": None
        if result is None
        else {
            "advice": result.advice,
            "signs": [sign.id for sign in result.signs],
            "unsure": [sign.id for sign in result.unsure],
            "unanswered": [sign.id for sign in result.unanswered],
        },
        "text": "\n".join(lines),
        "sources": list(loaded.sources),
    }
