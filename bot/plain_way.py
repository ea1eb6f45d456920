"""The plain way, for comparison only: sentence-transformers on torch, faiss, one question at a time.

Run by `qihui bench` in a process of its own: `python -m bot.plain_way QUESTIONS.json FOLDER` prints figures as JSON.
"""

import json
import sys
import time
from pathlib import Path

from bot.settings import read_settings
from bot.wiring import load_guide
from index.chunking import wording_chunks
from index.metrics import quantile
from index.normalise import normalise
from index.unpacked_e5 import unpack


def main(asked: Path, folder: Path) -> None:
    """Unpack the weights, encode the wordings, answer every question, print the figures."""
    model = unpack(folder / "e5")
    questions = json.loads(asked.read_text(encoding="utf-8"))
    guide = load_guide(read_settings()).guide
    started = time.perf_counter()
    from index.faiss_index import FaissIndex
    from index.sentence_encoder import SentenceEncoder

    encoder = SentenceEncoder(str(model))
    encoder.encode_queries([questions[0]])
    start_s = time.perf_counter() - started
    chunks = wording_chunks(guide)
    index = FaissIndex(encoder.encode_queries([chunk.text for chunk in chunks]))
    times = []
    for text in questions:
        begun = time.perf_counter()
        _, rows = index.search(encoder.encode_queries([normalise(text)]), 50)
        topic = chunks[int(rows[0][0])].topic_id
        guide.entries.get(topic)
        times.append((time.perf_counter() - begun) * 1000)
    resident = Path("/proc/self/status")
    resident_kb = 0
    if resident.is_file():
        resident_kb = next(int(line.split()[1]) for line in resident.read_text().splitlines() if "VmRSS" in line)
    figures = {
        "p50": round(quantile(times, 0.5) or 0, 2),
        "p99": round(quantile(times, 0.99) or 0, 2),
        "resident_mb": round(resident_kb / 1024, 1),
        "start_s": round(start_s, 2),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
