"""Every exception of this package that somebody can act on. A bug raises Python's own."""

from datetime import date


class Refusal(Exception):
    """The person can act: `phrase` is the key of the sentence that says how, `values` fill it."""

    def __init__(self, phrase: str, **values: str | int | date) -> None:
        self.phrase = phrase
        self.values = values
        super().__init__(phrase)


class TemporaryFailure(Exception):
    """Passes by itself; try again after `retry_after_s` seconds."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class Misconfigured(Exception):
    """The operator must act: the message names the setting, file or command that mends it."""
