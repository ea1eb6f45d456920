"""A parent in a test: says and presses, and looks at what the bot said."""

from itertools import count

from bot.conversation.conversation import Conversation
from bot.messages import Inbound
from bot.rendered import RenderedReply

_numbers = count()


class Parent:
    """Talks with a conversation as a channel would, and remembers the last replies."""

    def __init__(
        self,
        conversation: Conversation,
        chat: str = "one",
        language_hint: str | None = "zh-hans",
        channel: str = "test",
    ) -> None:
        self.conversation = conversation
        self.chat = chat
        self.channel = channel
        self.hint = language_hint
        self.replies: list[RenderedReply] = []

    def says(self, text: str) -> "Parent":
        return self._sends("text", text)

    def sends(self, kind: str) -> "Parent":
        return self._sends("unknown", kind)

    def sends_file(self, name: str, content: bytes) -> "Parent":
        return self._sends("file", name, content)

    def is_at(self, latitude: float, longitude: float) -> "Parent":
        return self._sends("location", f"{latitude},{longitude}")

    def presses(self, label: str) -> "Parent":
        buttons = [button for reply in self.replies for row in reply.buttons for button in row]
        matching = [button for button in buttons if label in button.label]
        assert matching, f"no button {label!r} among {[button.label for button in buttons]}"
        return self._sends("button", matching[0].data)

    def presses_data(self, data: str) -> "Parent":
        """Press a button that was shown some time ago, or never."""
        return self._sends("button", data)

    def _sends(self, kind: str, content: str, file: bytes = b"") -> "Parent":
        inbound = Inbound(self.channel, self.chat, str(next(_numbers)), kind, content, self.hint, file=file)  # type: ignore[arg-type]
        self.replies = self.conversation.handle(inbound)
        self.conversation.delivered(inbound)
        return self

    @property
    def heard(self) -> str:
        """What the bot said last, as plain text."""
        return "\n".join(reply.plain_text for reply in self.replies)

    @property
    def labels(self) -> list[str]:
        """The labels of the buttons below the last replies."""
        return [button.label for reply in self.replies for row in reply.buttons for button in row]
