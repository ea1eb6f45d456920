"""What became of a message, in words that staff can repeat on the telephone."""

from bot.admin.page_call import Call
from bot.admin.staff_words import staff_catalogue


def why(call: Call, reason: str | None) -> str:
    """Why a message was not sent or still waits; the reason as it was recorded where it is a channel's own."""
    if not reason:
        return ""
    key = f"why_not.{reason}"
    return call.w(key) if key in staff_catalogue()[call.language] else reason
