"""A process that follows the guide of a database as the serving ones do: `python -m tests.serving_process URL FOLDER QUESTION`.

Prints "ready", then for each edition that it takes in a JSON line: the seconds of the clock that all processes of a machine share, the edition, what the
question is answered with.
"""

import json
import sys
import time
from pathlib import Path

from bot.clock import SystemClock
from bot.conversation.render import render
from bot.curation.living_guide import POLL_EVERY_S, LivingGuide
from bot.curation.revisions import text_hash
from bot.curation.shipped_edition import read_shipped_texts
from bot.database import Database
from bot.questions.answer_lines import lines_for
from bot.questions.asking import Asking, Question
from knowledge.data_folder import DATA
from knowledge.load import load
from tests.conftest import sample_of, small_asking


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(url: str, folder: Path, question: str) -> None:
    files = load()
    sampled = sample_of(files)
    hashes = {topic_id: text_hash(texts) for topic_id, texts in read_shipped_texts(DATA, files.guide).items()}
    retriever = small_asking(sampled, folder)._retriever
    clock = SystemClock("Asia/Shanghai")
    living = LivingGuide(Database(url), clock, sampled, retriever, hashes, lambda _guide: None)
    living.refresh()
    living.has_news()
    say("ready")
    while True:
        living.refresh()
        if living.has_news():
            edition = living.current
            outcome = Asking(edition.shipped, edition.retriever, 0.5).ask(Question(question, "zh"))
            text = render(lines_for(outcome, edition.shipped, None), "zh").plain_text
            say(json.dumps({"at": time.perf_counter(), "edition": edition.shipped.guide.edition, "text": text}))
        time.sleep(POLL_EVERY_S)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
