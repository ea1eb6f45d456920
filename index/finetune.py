"""Adapt the encoder to parents' wordings: a low-rank addition to its linear maps, trained on the guide's own data.

Runs on two cores in under half an hour, needs torch, and writes `index/adapter.npz` (about 2 MB). Wordings of one
topic are pulled together and those of others pushed apart, in both languages at once; messages outside the guide and
calm look-alikes of danger signs are classes of their own. Deterministic for a seed on one machine.
"""

import math
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.adapter import ADAPTER
from index.normalise import normalise
from index.packed_e5 import MATRICES
from index.unpacked_e5 import unpack
from knowledge.load import Shipped
from knowledge.topics import LANGUAGES

STEPS = 520
CLASSES_A_STEP = 48
TEXTS_A_CLASS = 2
RANK = 16
SCALE = 2.0
TEMPERATURE = 0.05
DROPOUT = 0.1
ADAPTER_RATE = 5e-4
CENTRE_RATE = 5e-3
WARM_UP_STEPS = 20
MOST_PIECES = 48
SEED = 7

_HOMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}


@dataclass(frozen=True)
class Trained:
    """What a training showed: the mean loss of the first and of the last fifty steps, and how long it took."""

    texts: int
    classes: int
    first_loss: float
    last_loss: float
    seconds: float


def training_texts(shipped: Shipped, held_out: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """The texts of each class; wordings whose style is in `held_out` are left out."""
    classes: dict[str, list[str]] = defaultdict(list)
    for topic in shipped.guide.topics.values():
        classes[topic.id] += [normalise(topic.title(language)) for language in LANGUAGES]
    for wording in shipped.wordings:
        if wording.style not in held_out:
            classes[wording.topic_id].append(normalise(wording.text))
    for entry in shipped.guide.entries.values():
        classes[entry.topic.id] += [normalise(side.title) for _, side in entry.sides]
    examples = shipped.examples
    for example in (*examples.out_of_scope, *examples.smalltalk, *examples.dose):
        classes[f"other {example.kind}"].append(normalise(example.text))
    for example in examples.calm:
        about = example.topic_id or "other calm"
        calm = about.startswith("emergency.")
        classes[f"calm {about}" if calm else about].append(normalise(example.text))
    return {name: sorted(set(texts)) for name, texts in classes.items() if len(set(texts)) >= TEXTS_A_CLASS}


def finetune(
    shipped: Shipped,
    progress: Callable[[str], None],
    target: Path = ADAPTER,
    *,
    steps: int = STEPS,
    held_out: frozenset[str] = frozenset(),
) -> Trained:
    """Train an adapter and write it to `target`."""
    import torch

    torch.manual_seed(SEED)
    classes = training_texts(shipped, held_out)
    names = sorted(classes)
    with tempfile.TemporaryDirectory(prefix="qihui-finetune-") as folder:
        bert, read = _open_model(unpack(Path(folder) / "e5"))
    halves = _attach(bert)
    centres = torch.nn.Parameter(torch.randn(len(names), bert.config.hidden_size) * 0.02)
    trained = [half for pair in halves.values() for half in pair]
    optimiser = torch.optim.AdamW(
        [{"params": trained, "lr": ADAPTER_RATE}, {"params": [centres], "lr": CENTRE_RATE}], weight_decay=0.01
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    bert.train()
    batches, losses, started = _batches(classes, names), [], time.monotonic()
    for step in range(1, steps + 1):
        texts, labels = next(batches)
        loss = _loss(_encode(bert, read(texts)), torch.tensor(labels), centres)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if step % 50 == 0 or step == steps:
            left_s = (time.monotonic() - started) / step * (steps - step)
            progress(f"step {step} of {steps}, loss {np.mean(losses[-50:]):.3f}, about {left_s / 60:.0f} minutes left")
    _write(halves, target)
    seconds = time.monotonic() - started
    texts_seen = sum(len(texts) for texts in classes.values())
    return Trained(texts_seen, len(names), float(np.mean(losses[:50])), float(np.mean(losses[-50:])), seconds)


def _rate(step: int, steps: int) -> float:
    warm = min(1.0, (step + 1) / WARM_UP_STEPS)
    return warm * max(0.02, 0.5 * (1 + math.cos(math.pi * step / steps)))


def _open_model(folder: Path) -> tuple[Any, Callable[[list[str]], Any]]:
    from transformers import AutoModel, AutoTokenizer

    bert = AutoModel.from_pretrained(folder, dtype="float32", add_pooling_layer=False)
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def read(texts: list[str]) -> Any:
        queries = [f"query: {text}" for text in texts]
        return tokenizer(queries, padding=True, truncation=True, max_length=MOST_PIECES, return_tensors="pt")

    return bert, read


def _attach(bert: Any) -> dict[str, tuple[Any, Any]]:
    """Put a low-rank path beside every linear map; only those paths are trained. Returns their halves by name."""
    import torch

    class Widened(torch.nn.Module):  # type: ignore[misc]
        """A linear map with its addition."""

        def __init__(self, base: Any) -> None:
            super().__init__()
            self.base = base
            self.a = torch.nn.Parameter(torch.randn(RANK, base.in_features) / math.sqrt(base.in_features))
            self.b = torch.nn.Parameter(torch.zeros(base.out_features, RANK))
            self.drop = torch.nn.Dropout(DROPOUT)

        def forward(self, values: Any) -> Any:
            return self.base(values) + (self.drop(values) @ self.a.T @ self.b.T) * SCALE

    bert.requires_grad_(requires_grad=False)
    halves = {}
    for number, layer in enumerate(bert.encoder.layer):
        for part in MATRICES:
            path, _, name = _HOMES[part].rpartition(".")
            home = layer.get_submodule(path)
            widened = Widened(getattr(home, name))
            setattr(home, name, widened)
            halves[f"l{number}.{part}"] = (widened.a, widened.b)
    return halves


def _batches(classes: dict[str, list[str]], names: list[str]) -> Iterator[tuple[list[str], list[int]]]:
    """Endless batches of some classes, the same number of texts each.

    Large classes come more often, but not in proportion to their size; every text comes once before any comes again.
    """
    chance = random.Random(SEED)  # noqa: S311 - the order of training, not a secret
    weights = [math.sqrt(len(classes[name])) for name in names]
    decks: dict[str, list[str]] = {name: [] for name in names}

    def draw(name: str) -> str:
        if not decks[name]:
            decks[name] = chance.sample(classes[name], len(classes[name]))
        return decks[name].pop()

    while True:
        chosen: dict[int, None] = {}
        while len(chosen) < min(CLASSES_A_STEP, len(names)):
            chosen[chance.choices(range(len(names)), weights)[0]] = None
        labels = [place for place in chosen for _ in range(TEXTS_A_CLASS)]
        yield [draw(names[place]) for place in labels], labels


def _encode(bert: Any, inputs: Any) -> Any:
    import torch

    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = bert(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).last_hidden_state
    mask = inputs["attention_mask"].unsqueeze(-1)
    return torch.nn.functional.normalize((hidden.float() * mask).sum(1) / mask.sum(1), dim=-1)


def _loss(vectors: Any, labels: Any, centres: Any) -> Any:
    """Each text close to its fellows among the batch (contrastive), and to the centre of its class."""
    import torch

    itself = torch.eye(len(labels), dtype=torch.bool)
    similarity = (vectors @ vectors.T / TEMPERATURE).masked_fill(itself, -1e4)
    fellow = (labels[:, None] == labels[None]) & ~itself
    among_batch = similarity - torch.logsumexp(similarity, 1, keepdim=True)
    contrast = -(among_batch * fellow).sum(1) / fellow.sum(1).clamp(min=1)
    to_centres = vectors @ torch.nn.functional.normalize(centres, dim=-1).T / TEMPERATURE
    return contrast.mean() + torch.nn.functional.cross_entropy(to_centres, labels)


def _write(halves: dict[str, tuple[Any, Any]], target: Path) -> None:
    arrays = {}
    for name, (a, b) in halves.items():
        arrays[f"{name}.a"] = a.detach().numpy().astype(np.float16)
        arrays[f"{name}.b"] = (b.detach().numpy() * SCALE).astype(np.float16)
    scratch = target.with_name(f".writing-{target.name}")
    np.savez(scratch, **arrays)
    scratch.replace(target)
