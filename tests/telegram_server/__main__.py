"""The test server as a process of its own: `python -m tests.telegram_server PEOPLE` prints its address and serves.

It ends when its standard input is closed. People have the chats 1 to PEOPLE. What was sent is counted, not kept.
"""

import sys

from tests.telegram_server.server import running_server


class _Forgetful(list):
    """Keeps nothing: a hundred thousand calls need not be looked at again."""

    def append(self, _item: object) -> None:
        """Let it go."""


def main() -> None:
    """Serve until standard input ends."""
    with running_server() as server:
        server.world.calls, server.world.sent = _Forgetful(), _Forgetful()
        for number in range(1, int(sys.argv[1]) + 1):
            server.world.chats[number] = {"id": number, "type": "private", "first_name": "家长"}
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
