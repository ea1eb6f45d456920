"""What a record is called in the reader's language: the vaccine, or the check-up. Pure."""

from bot.care.record_values import DoseEntry, Record
from knowledge.load_calendars import Calendars
from knowledge.topics import Language


def record_name(record: Record, calendars: Calendars, language: Language) -> str:
    """What a record is about."""
    if not isinstance(record, DoseEntry):
        return visit_name(record.code, record.number, calendars, language)
    product = calendars.schedule.products.get(record.code)
    name = record.code if product is None else product.name(language)
    return name if record.dose is None else numbered(name, record.dose, language)


def numbered(name: str, dose: int, language: Language) -> str:
    """A vaccine with the number of its dose."""
    return f"{name}第{dose}剂" if language == "zh" else f"{name}, dose {dose}"


def visit_name(code: str, number: int | None, calendars: Calendars, language: Language) -> str:
    """What a check-up is called; the code where the calendar no longer knows it."""
    visits = [one for one in calendars.checkups.visits if one.code == code]
    found = next((one for one in visits if one.n == number), visits[0] if visits else None)
    return code if found is None else found.name(language)
