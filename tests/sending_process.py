"""A process that sends for a while, for tests of what several of them do together.

Arguments: database address, name of the token, how many messages, rate, the Bot API's address with a token
behind it or "-", a number of its own. Prints a JSON line for each call that left: the wall clock's seconds, and what came of it.
"""

import asyncio
import json
import sys

from bot.clock import SystemClock
from bot.database import Database
from bot.outreach.rate_limit import RateLimiter
from bot.outreach.send_rate import limits_of
from bot.outreach.transport import RetryLater, Sent
from bot.outreach.turns_to_send import ChatTurns, Pacer
from bot.rendered import Line, RenderedReply

AT_ONCE = 20


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main(url: str, name: str, count: int, rate: int, api: str, first_chat: int) -> None:
    clock = SystemClock("Asia/Shanghai")
    pacer = Pacer(RateLimiter(Database(url), clock, name, limits_of(rate)))
    transport = None
    if api != "-":
        from bot.outreach.telegram_transport import TelegramTransport

        server, token = api.rsplit("/", 1)
        transport = TelegramTransport(token, server, ChatTurns(pacer, str))
    room = asyncio.Semaphore(AT_ONCE)

    async def deliver(chat: int) -> None:
        async with room:
            for _ in range(20):
                await pacer.turn(str(chat), "bulk")
                left_at = clock.now().timestamp()
                reply = RenderedReply("zh", (Line(f"给{chat}", "plain"),), (), urgent=False)
                outcome = await transport.send(str(chat), reply) if transport else Sent("-")
                say(json.dumps([left_at, type(outcome).__name__]))
                if not isinstance(outcome, RetryLater):
                    return
                await pacer.halt(outcome.after_s)
                say(json.dumps([clock.now().timestamp(), "halt"]))

    await asyncio.gather(*(deliver(first_chat + n) for n in range(count)))
    if transport:
        await transport.close()


if __name__ == "__main__":
    given = sys.argv[1:]
    say("ready")
    sys.stdin.readline()
    asyncio.run(main(given[0], given[1], int(given[2]), int(given[3]), given[4], int(given[5])))
