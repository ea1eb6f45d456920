"""Speed and memory, ours and the plain way side by side in one run: ratios mean more than seconds on a shared machine.

Three things are measured apart: finding alone, beside the plain way (see `bot.finding_benchmark`); a question with the
dialogue and the log behind it; and `qihui serve` as an operator starts it, for the first time and again.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bot.calendar_benchmark import calendar_figures
from bot.finding_benchmark import WAYS, resident_mb
from bot.messages import Inbound
from bot.preparing import prepare_index
from bot.settings import Settings
from bot.wiring import load_guide, open_conversation
from index.metrics import quantile
from knowledge.load import Shipped

QUESTIONS = 300
THREADS = 8
ROUNDS = 3
START_WITHIN_S = 60


def run_bench(settings: Settings) -> dict[str, Any]:
    """Every figure, by name."""
    prepare_index(settings)
    questions = sample_questions(load_guide(settings))
    with tempfile.TemporaryDirectory(prefix="qihui-bench-") as folder:
        own = settings.model_copy(update={"database_url": f"sqlite:///{folder}/bench.sqlite3"})
        ours = _ours(own, questions)
        served = _served(folder, "first ")
        served |= _served(folder, "")
    finding = {way: _finding(way, questions) for way in WAYS}
    figures: dict[str, Any] = {
        "cores": os.cpu_count(),
        "questions": len(questions),
        "with dialogue and log, ms p50": ours["p50"],
        "with dialogue and log, ms p99": ours["p99"],
        f"questions a second, {THREADS} threads": ours["per_second"],
        **served,
    }
    for way, measured in finding.items():
        if measured is not None:
            figures |= {f"finding alone, {way}: {name}": value for name, value in measured.items()}
    alone, plain = finding["ours"], finding["plain"]
    if alone is not None and plain is not None:
        figures |= {
            "ratio of p50, plain / ours": round(plain["ms p50"] / alone["ms p50"], 2),
            "ratio of memory, plain / ours": round(plain["resident MB"] / alone["resident MB"], 2),
            "ratio of memory, plain / serve": round(plain["resident MB"] / served["serve, resident MB"], 2),
        }
    return figures | calendar_figures()


def sample_questions(shipped: Shipped) -> list[str]:
    """Parents' wordings spread over all topics and styles, the same in every run."""
    texts = [wording.text for wording in shipped.wordings]
    step = max(1, len(texts) // QUESTIONS)
    return list(islice(cycle(texts[::step]), QUESTIONS))


def _ours(settings: Settings, questions: list[str]) -> dict[str, float]:
    """Question to reply inside the process, with the dialogue and the log written to SQLite."""
    talking = open_conversation(settings)
    numbers = iter(range(10_000_000))

    def ask(text: str, chat: str) -> None:
        inbound = Inbound("web", chat, str(next(numbers)), "text", text)
        talking.conversation.handle(inbound)
        talking.conversation.delivered(inbound)

    for text in questions[:20]:
        ask(text, "warm")
    times = []
    for place, text in enumerate(questions):
        started = time.perf_counter()
        ask(text, f"one-{place}")
        times.append((time.perf_counter() - started) * 1000)
    rates = [_rate(ask, questions, f"round-{number}") for number in range(ROUNDS)]
    return {
        "p50": round(quantile(times, 0.5) or 0, 2),
        "p99": round(quantile(times, 0.99) or 0, 2),
        "per_second": round(quantile(rates, 0.5) or 0, 1),
    }


def _rate(ask: Callable[[str, str], None], questions: list[str], name: str) -> float:
    """Questions a second when `THREADS` parents ask at a time, each question from a parent of its own."""
    lock, left = threading.Lock(), list(enumerate(questions))

    def work() -> None:
        while True:
            with lock:
                if not left:
                    return
                place, text = left.pop()
            ask(text, f"{name}-{place}")

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(questions) / (time.perf_counter() - started)


def _served(folder: str, which: str) -> dict[str, Any]:
    """Start `qihui serve` as an operator would; how long until it answers, and what it holds then.

    The first start of a database takes the guide into it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"QIHUI_PORT": str(port), "QIHUI_DATABASE_URL": f"sqlite:///{folder}/serve.sqlite3"}
    environment.pop("QIHUI_TELEGRAM_TOKEN", None)
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "bot", "serve"], env=environment, stderr=subprocess.DEVNULL)
    try:
        ready_s = _wait_until_ready(port, process, started)
        for text in ("6个月吃什么辅食", "my baby has a fever of 39"):
            _post(port, text)
        return {
            f"{which}serve, ready s": round(ready_s, 2),
            f"{which}serve, resident MB": resident_mb(process.pid),
            f"{which}serve, torch loaded": _maps(process.pid, "libtorch"),
        }
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], started: float) -> float:
    while time.perf_counter() - started < START_WITHIN_S:
        if process.poll() is not None:
            message = f"qihui serve stopped with {process.returncode} before it was ready"
            raise RuntimeError(message)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return time.perf_counter() - started
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    message = f"qihui serve was not ready within {START_WITHIN_S} s"
    raise RuntimeError(message)


def _post(port: int, text: str) -> None:
    body = json.dumps({"id": os.urandom(8).hex(), "content": text}).encode()
    headers = {"Content-Type": "application/json", "Cookie": f"qihui_chat={'0' * 32}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/messages", body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        answer.read()


def _maps(pid: int, library: str) -> bool | None:
    """Whether a process has a library loaded; None where the system does not tell."""
    maps = Path(f"/proc/{pid}/maps")
    return library in maps.read_text() if maps.is_file() else None


def _finding(way: str, questions: list[str]) -> dict[str, float] | None:
    """The figures of one way of finding, from a process of its own; None where it cannot be measured here."""
    with tempfile.TemporaryDirectory(prefix="qihui-finding-") as folder:
        asked = Path(folder) / "questions.json"
        asked.write_text(json.dumps(questions), encoding="utf-8")
        command = [sys.executable, "-m", "bot.finding_benchmark", way, str(asked), folder]
        done = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603
    if done.returncode != 0:
        sys.stderr.write(f"finding ({way}) could not be measured: {done.stderr.strip().splitlines()[-1:]}\n")
        return None
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures
