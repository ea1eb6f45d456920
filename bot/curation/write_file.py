"""Makes a file of the guide in a process of its own: `python -m bot.curation.write_file`.

Takes JSON on its input ({"form": ..., "language": ..., "texts": {topic: {"entry": ..., ...}}}). Writes one line of JSON to
its output, null or the refusal, and the file after it. It gives way to everything else on the machine.
"""

import gc
import json
import os
import resource
import sys

from bot.curation.entry_form import Texts
from bot.curation.guide_files import guide_file
from bot.errors import Refusal

NICE = 5
MOST_CPU_S = 40


def main() -> None:
    """Make the file that is asked for on the input."""
    gc.disable()  # it makes one file and ends: looking for what can go takes longer than the file is worth
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.load(sys.stdin.buffer)
    texts = {topic_id: Texts(**text) for topic_id, text in asked["texts"].items()}
    told, content = None, b""
    try:
        content = guide_file(asked["form"], texts, asked["language"])
    except Refusal as refusal:
        told = {"refused": refusal.phrase, "values": refusal.values}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
