"""A mapping of a data file, every field of which must be used: what nobody asked for is a fault, not a silent extra.

Cicada's engine once forecast a dose at birth + 75 years because a field was parsed and never read; here such a file
is refused.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from knowledge.faults import GuideFault, Problem

T = TypeVar("T")


class Fields:
    """The fields of one mapping; `where` names it in messages ("POLIO dose 4")."""

    def __init__(self, raw: Any, file: str, where: str) -> None:
        self.file = file
        self.where = where
        if not isinstance(raw, dict):
            self.fail(f"write a mapping of names to values, not {raw!r}")
        self._left: dict[str, Any] = dict(raw)

    def fail(self, message: str) -> None:
        """Refuse the file.

        Raises: GuideFault: always.
        """
        raise GuideFault([Problem(self.file, 0, f"{self.where}: {message}")])

    def has(self, name: str) -> bool:
        """Whether a field stands here that nobody has asked for yet."""
        return name in self._left

    def take(self, name: str, read: Callable[[Any], T]) -> T:
        """The value of a field that must be there, as `read` understands it.

        Raises: GuideFault: it is missing, or `read` refuses it with a ValueError or TypeError.
        """
        if name not in self._left:
            self.fail(f"the field {name} is missing")
        value = self._left.pop(name)
        try:
            return read(value)
        except (ValueError, TypeError) as error:
            self.fail(f"{name}: {error}")
            raise

    def may_take(self, name: str, read: Callable[[Any], T]) -> T | None:
        """The value of a field that may be left out (then None)."""
        return self.take(name, read) if self._left.get(name) is not None else self._left.pop(name, None)

    def part(self, name: str, read: Callable[["Fields"], T]) -> T | None:
        """A field that is a mapping itself, as `read` understands it; None where it is left out."""
        raw = self._left.pop(name, None)
        if raw is None:
            return None
        fields = Fields(raw, self.file, f"{self.where}, {name}")
        value = read(fields)
        fields.finish()
        return value

    def rows(self, name: str) -> list[Any]:
        """A field that is a list, empty where it is left out."""
        return self.take(name, a_list) if name in self._left else []

    def finish(self) -> None:
        """Refuse what nobody asked for.

        Raises: GuideFault: fields are left; the message names them.
        """
        if self._left:
            self.fail(f"unknown field {', '.join(sorted(self._left))}; remove it or correct its name")


@contextmanager
def every_field(raw: Any, file: str, where: str) -> Iterator[Fields]:
    """The fields of a mapping; leaving the block refuses what was not used."""
    fields = Fields(raw, file, where)
    yield fields
    fields.finish()


def text(value: Any) -> str:
    """A text that says something."""
    if not isinstance(value, str) or not value.strip():
        message = f"write a text, not {value!r}"
        raise ValueError(message)
    return value.strip()


def whole(value: Any) -> int:
    """A whole number, not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        message = f"write a whole number, not {value!r}"
        raise ValueError(message)
    return value


def yes_or_no(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        message = f"write true or false, not {value!r}"
        raise TypeError(message)
    return value


def a_list(value: Any) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        message = f"write a list, not {value!r}"
        raise TypeError(message)
    return value


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(text(item) for item in a_list(value))


def one_of(*allowed: str) -> Callable[[Any], Any]:
    """Reads one of these words."""

    def read(value: Any) -> str:
        if value not in allowed:
            message = f"write one of {', '.join(allowed)}, not {value!r}"
            raise ValueError(message)
        return str(value)

    return read
