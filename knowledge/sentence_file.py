"""The sentences that give reasons, out of `sentences.yaml`. Pure.

`SENTENCES` is the list of every reason that a rule can give, with the values it fills in; the file must hold exactly
these, in both languages, so that no reason is ever without words and no words without a use.
"""

import string
from typing import Any

from knowledge.faults import GuideFault, Problem
from knowledge.schedule import Sentence
from knowledge.strict_fields import every_field, text, texts

SENTENCE_FILE = "sentences.yaml"

SENTENCES: dict[str, frozenset[str]] = {
    name: frozenset(values.split())
    for name, values in {
        "done": "given n",
        "done_by_product": "given product",
        "done_after_limit": "latest",
        "done_before_immunoglobulin": "days",
        "mmr_at_four": "",
        "other_kind_needed": "count",
        "not_counted_early": "given earliest",
        "not_counted_product": "given product",
        "age": "age earliest",
        "from_birth": "earliest",
        "interval": "interval earliest",
        "interval_expected": "interval earliest",
        "interval_from_first": "interval earliest",
        "after_series": "other interval earliest",
        "early_start": "age other earliest",
        "season": "earliest",
        "live_spacing": "since other days earliest",
        "immunoglobulin": "since interval earliest",
        "to_verify": "",
        "due": "",
        "due_before": "age",
        "best_within": "interval",
        "late": "days",
        "overdue": "age",
        "behind": "age",
        "last_day": "latest",
        "self_paid": "",
        "aged_out": "age latest",
        "past_last_day": "latest",
        "cannot_fit": "latest",
        "series_not_started": "",
        "replaced": "product",
        "will_be_replaced": "product",
        "not_eligible": "born_from",
        "hold_born_before": "born_from",
        "hold_test": "age",
        "hold_preterm": "weeks",
        "hold_live": "",
        "hold_mixed": "product",
        "hold_ask": "",
        "product": "product",
        "choice_to_verify": "",
        "product_instead": "product",
        "hepb_first_12_hours": "",
        "hepb_test_afterwards": "",
        "preterm_note": "",
        "over_three_note": "",
        "over_six_note": "",
        "unlisted_note": "product",
    }.items()
}


def read_sentences(raw: dict[str, Any], wanted: dict[str, frozenset[str]]) -> dict[str, Sentence]:
    """Every sentence by its name; `wanted`: the values that each fills in.

    Raises: GuideFault: one is missing, unknown, or fills in other values than its rule gives.
    """
    problems = [
        Problem(SENTENCE_FILE, 0, f"the sentence {name} is missing") for name in sorted(wanted.keys() - raw.keys())
    ]
    problems += [
        Problem(SENTENCE_FILE, 0, f"no rule uses the sentence {name}; remove it") for name in raw if name not in wanted
    ]
    sentences = {}
    for name in wanted.keys() & raw.keys():
        with every_field(raw[name], SENTENCE_FILE, name) as fields:
            zh, en = fields.take("zh", text), fields.take("en", text)
            sources = fields.take("sources", lambda value: () if value == "series" else texts(value))
        for words in (zh, en):
            values = {field for _, field, _, _ in string.Formatter().parse(words) if field is not None}
            if values != wanted[name]:
                values_wanted = ", ".join(sorted(wanted[name])) or "nothing"
                problems.append(
                    Problem(SENTENCE_FILE, 0, f"{name} fills in {values_wanted}; one language differs: {words!r}")
                )
        sentences[name] = Sentence(zh, en, sources)
    if problems:
        raise GuideFault(problems)
    return sentences
