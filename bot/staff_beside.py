"""How parents and `/healthz` are answered while the staff's pages have heavy work done, for measuring.

Heavy is what somebody asks for and what takes seconds: the impact of a draft measured anew, the guide as a file.
"""

import json
import threading
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from bot.page_walk import Address
from bot.staff_looker import Looked, Looker

LONGEST_S = 120.0
TIMES = 3
_LOOKS_AGAIN = '<meta http-equiv="refresh"'


def impact_measured(looker: Looker, one: Address) -> float:
    """How long it takes, in ms, from asking for an impact until the page shows it.

    Raises: TimeoutError: it took longer than `LONGEST_S`.
    """
    path, started = f"/admin{one.path}", time.perf_counter()
    while _LOOKS_AGAIN in looker.looks(path)[1]:
        if time.perf_counter() - started > LONGEST_S:
            message = f"{path} is still being measured"
            raise TimeoutError(message)
        time.sleep(0.05)
    return 1000 * (time.perf_counter() - started)


def measured_anew(looker: Looker, one: Address) -> float:
    """As `impact_measured`, of a draft whose impact is known."""
    path = f"/admin{one.path}"
    return looker.posts(path, path) + impact_measured(looker, one)


def beside_parents(figures: dict[str, Any], name: str, address: str, impact: Address, files: list[Address]) -> None:
    """A parent who asks, and the health page: alone, while impacts are measured, while files are made one after another."""
    alone, healthy = parents_answered(address, lambda: time.sleep(5))
    figures[f"{name}: a parent's answer, p50 / p95 / max"] = Looked("", tuple(alone)).figures
    looker = Looker(address, "administrator")

    def impacts() -> None:
        for _ in range(TIMES):
            measured_anew(looker, impact)

    def taken_out() -> None:
        for one in files * TIMES:
            looker.times(f"/admin{one.path}", 1)

    for what, work in (("an impact is measured", impacts), ("the guide is made into files", taken_out)):
        asked, healthy = parents_answered(address, work)
        figures[f"{name}: the same while {what}"] = Looked("", tuple(asked)).figures
        figures[f"{name}: /healthz while {what}"] = Looked("", tuple(healthy)).figures


def parents_answered(address: str, work: Callable[[], None]) -> tuple[list[float], list[float]]:
    """How long answers to a parent and the health page took, one after the other until `work` is done.

    Raises: RuntimeError: the work was not done.
    """
    done: list[bool] = []

    def carry_out() -> None:
        try:
            work()
            done.append(True)
        finally:
            ended.set()

    ended = threading.Event()
    worker = threading.Thread(target=carry_out)
    worker.start()
    asked: list[float] = []
    healthy: list[float] = []
    while not ended.is_set():
        started = time.perf_counter()
        body = json.dumps({"id": f"bench-{time.monotonic_ns():020}", "content": "6个月吃什么辅食"}).encode()
        chat = f"{time.monotonic_ns():032x}"
        headers = {"Content-Type": "application/json", "Cookie": f"qihui_chat={chat}"}
        request = urllib.request.Request(f"{address}/api/messages", body, headers)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            answer.read()
        between = time.perf_counter()
        asked.append(1000 * (between - started))
        with urllib.request.urlopen(f"{address}/healthz", timeout=60) as answer:  # noqa: S310
            answer.read()
        healthy.append(1000 * (time.perf_counter() - between))
        time.sleep(0.15)  # below the limit of messages a minute that one address may send
    worker.join()
    if not done:
        message = "the heavy work beside parents was not done; what stopped it stands above"
        raise RuntimeError(message)
    return asked, healthy
