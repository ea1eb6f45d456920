"""Prepare, fit and measure the index for the settings: what the commands of `qihui index` do. The other half of wiring."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.clock import SystemClock
from bot.errors import Misconfigured
from bot.settings import DEFAULT_ENCODER, Settings
from bot.wiring import Knowing, load_guide, open_encoder
from index.assemble import folder_of, index_folder, name_without_opening, prepare_encoder
from index.encoder import Encoder
from index.vector_store import VectorStore
from knowledge.load import Shipped, load

if TYPE_CHECKING:
    from bot.reach import Reach
    from index.baselines import Baseline
    from index.finetune import Trained
    from index.tune import Tuned

log = logging.getLogger(__name__)


def prepare_index(settings: Settings, *, force: bool = False, published: bool = False) -> tuple[Path, bool]:
    """Prepare the index of the shipped edition unless it is there. Returns its folder and whether it was made now.

    `published`: that of what staff published, which then fits the heads on the wordings they added.
    Raises: Misconfigured: the guide or the encoder cannot be opened, or nothing was fitted for this encoder yet.
    """
    files = load_guide(settings)
    shipped = _published(settings, files) if published else files
    edition = shipped.guide.edition
    name = name_without_opening(settings.encoder, settings.encoder_folder)
    if name is not None and not force:  # most starts: nothing to do, and nothing heavy is loaded to find that out
        folder = folder_of(settings.index_folder, edition, name)
        if _is_prepared(folder, edition, name):
            return folder, False
    from index.build import build

    if prepare_encoder(settings.encoder, settings.encoder_folder):
        log.info("prepared the encoder")
    encoder = open_encoder(settings, bulk=True)
    folder = index_folder(settings.index_folder, edition, encoder)
    if not force and _is_prepared(folder, edition, encoder.name):
        return folder, False
    fusion = _fusion_file(settings, encoder)
    check_fusion(fusion, encoder)
    build(
        shipped,
        encoder,
        folder,
        vector_cache(settings, encoder),
        lambda message: log.info("%s", message),
        made_on=SystemClock(settings.timezone).today(),
        fusion=fusion,
    )
    _forget_old_indexes(
        settings.index_folder, keep={folder, index_folder(settings.index_folder, files.guide.edition, encoder)}
    )
    return folder, True


def _is_prepared(folder: Path, edition: str, encoder_name: str) -> bool:
    from index.manifest import IndexStale, read_manifest

    try:
        read_manifest(folder, edition, encoder_name)
    except IndexStale as stale:
        log.info("%s", stale)
        return False
    return True


def _published(settings: Settings, files: Shipped) -> Shipped:
    from bot.database import Database
    from bot.guide_wiring import published_guide

    everything = load() if settings.only_signed else files
    return published_guide(Database(settings.effective_database_url), files, everything)


def check_fusion(fusion: Path, encoder: Encoder) -> None:
    """Refuse weights and probabilities that were chosen with another encoder: they would be sure of wrong answers.

    Raises: Misconfigured: they were; the message names the command that mends it.
    """
    tuned_for = json.loads(fusion.read_text(encoding="utf-8")).get("encoder")
    if tuned_for != encoder.name:
        message = f"the weights in {fusion.name} were chosen with {tuned_for}, not with {encoder.name}; run `qihui index tune`"
        raise Misconfigured(message)


def finetune_encoder(
    settings: Settings,
    progress: Callable[[str], None],
    steps: int | None,
    held_out: frozenset[str],
    adapter: Path | None,
) -> "Trained":
    """Adapt the encoder to the guide's wordings; the adapter goes into the repository unless a file is named."""
    from index.adapter import ADAPTER
    from index.finetune import STEPS, finetune

    target = adapter or ADAPTER
    return finetune(load_guide(settings), progress, target, steps=steps or STEPS, held_out=held_out)


def tune_index(settings: Settings, progress: Callable[[str], None]) -> "Tuned":
    """Choose the weights of the ranking anew.

    They go into the repository for the default encoder, for another one into the data folder; either way into the
    prepared index, if there is one.
    """
    from index.build import FUSION
    from index.tune import tune

    prepare_encoder(settings.encoder, settings.encoder_folder)
    encoder = open_encoder(settings, bulk=True)
    store = VectorStore(vector_cache(settings, encoder), encoder, progress)
    shipped = load_guide(settings)
    tuned = tune(shipped, store, progress)
    store.save()
    tuned.write(FUSION if settings.encoder == DEFAULT_ENCODER else _own_fusion_file(settings, encoder))
    prepare_index(settings, force=True)
    return tuned


def plain_ways_beside(settings: Settings, knowing: Knowing, progress: Callable[[str], None]) -> "list[Baseline]":
    """The plain ways of finding an answer, to be compared with in the same run."""
    from index.baselines import plain_ways

    def store(encoder: Encoder) -> VectorStore:
        return VectorStore(vector_cache(settings, encoder), encoder, progress)

    return plain_ways(knowing.shipped.guide, knowing.encoder, store)


def measure_own_wordings(settings: Settings, progress: Callable[[str], None]) -> "Reach":
    """How every topic is found by its own wordings, each looked at by an index that never saw it."""
    from bot.reach import measure_reach
    from index.assemble import read_fusion

    prepare_encoder(settings.encoder, settings.encoder_folder)
    encoder = open_encoder(settings, bulk=True)
    store = VectorStore(vector_cache(settings, encoder), encoder, progress)
    fusion = read_fusion(_fusion_file(settings, encoder))
    return measure_reach(load_guide(settings), store, fusion, settings.danger_threshold, progress)


def _fusion_file(settings: Settings, encoder: Encoder) -> Path:
    from index.build import FUSION

    own = _own_fusion_file(settings, encoder)
    return own if own.is_file() else FUSION


def _own_fusion_file(settings: Settings, encoder: Encoder) -> Path:
    return settings.index_folder / f"fusion-{encoder.name.replace('/', '_')}.json"


def vector_cache(settings: Settings, encoder: Encoder) -> Path:
    """Where the vectors of an encoder are kept from one edition to the next."""
    return settings.index_folder / f"vectors-{encoder.name.replace('/', '_')}.npz"


def _forget_old_indexes(root: Path, keep: set[Path]) -> None:
    """Keep the two newest editions, for a worker that has not reloaded yet, and those named."""
    import shutil

    folders = sorted((p for p in root.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime, reverse=True)
    for folder in folders[2:]:
        if folder not in keep:
            shutil.rmtree(folder, ignore_errors=True)
