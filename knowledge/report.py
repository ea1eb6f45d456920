"""Two printable pages about the guide: what a clinician must still confirm, and how far the guide reaches. Pure."""

from collections import Counter
from statistics import median

from knowledge.load import Shipped
from knowledge.topics import LANGUAGES


def verification_page(shipped: Shipped) -> str:
    """Every fact that still waits for a clinician, by topic, as a Markdown table to print and sign."""
    entries = shipped.guide.entries.values()
    waiting = [entry for entry in entries if entry.to_verify]
    count = sum(len(entry.to_verify) for entry in waiting)
    lines = [
        "# 待医生确认 · To be confirmed by a clinician",
        "",
        f"{len(waiting)} entries, {count} statements. Edition {shipped.guide.edition}.",
        "",
        "| topic | entry | statement [sources] | confirmed (name, date) |",
        "|---|---|---|---|",
    ]
    for entry in waiting:
        lines += [f"| {entry.topic.id} | {entry.zh.title} | {statement} | |" for statement in entry.to_verify]
    return "\n".join(lines) + "\n"


def coverage_page(shipped: Shipped) -> str:
    """Topics against languages, passages, sources, wordings, open facts and review dates, as a Markdown table."""
    guide = shipped.guide
    wordings = Counter((wording.topic_id, wording.language) for wording in shipped.wordings)
    entries = guide.entries
    shorts = [len(entry.zh.short_answer.text) for entry in entries.values()]
    passages = [len(passage.text) for entry in entries.values() for passage in entry.zh.passages]
    totals = {language: sum(wordings[topic_id, language] for topic_id in guide.topics) for language in LANGUAGES}
    signed = sum(entry.signed_by is not None for entry in entries.values())
    dangers = sum(wording.level in {"call_120", "go_now"} for wording in shipped.wordings)
    open_facts = sum(len(entry.to_verify) for entry in entries.values())
    examples = shipped.examples
    written = f"{len(entries)} of {len(guide.topics)} topics, each in Chinese and English"
    labelled = (
        f"{len(examples.out_of_scope)} out of scope, {dangers} danger signs, {len(examples.calm)} calm look-alikes"
    )
    lines = [
        "# How far the guide reaches",
        "",
        "Written by `qihui guide coverage --out docs/guide-coverage.md`; do not edit by hand.",
        "",
        f"- entries: {written}; signed by a clinician: {signed}",
        f"- wordings: {totals['zh']} Chinese, {totals['en']} English",
        f"- labelled messages: {labelled}, {len(examples.dose)} about doses",
        f"- median length in Chinese characters: short answer {median(shorts):.0f}, passage {median(passages):.0f}",
        f"- facts that a clinician must still confirm: {open_facts} (`qihui guide check --report`)",
        f"- packs: {len(shipped.packs)} series, {sum(len(pack.cards) for pack in shipped.packs.values())} cards",
        "",
        "| topic | languages | age bands | sources | wordings zh | wordings en | to verify | review by |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for topic_id in guide.topics:
        counts = f"{wordings[topic_id, 'zh']} | {wordings[topic_id, 'en']}"
        entry = entries.get(topic_id)
        if entry is None:
            lines.append(f"| {topic_id} | - | - | - | {counts} | - | - |")
            continue
        cells = f"zh en | {len(entry.zh.passages)} | {len(entry.sources)} | {counts} | {len(entry.to_verify)}"
        lines.append(f"| {topic_id} | {cells} | {entry.review_by} |")
    return "\n".join(lines) + "\n"
