"""Any sentence-transformers cross-encoder by name or path, to choose among a few topics. Loads torch."""

import threading

import numpy as np

from index.encoder import EncoderUnavailable


class CrossEncoderOpinion:
    """Reads question and title together; the pair with the highest score is chosen.

    Raises: EncoderUnavailable: the model is neither a folder nor in the local cache.
    """

    def __init__(self, name_or_path: str) -> None:
        from sentence_transformers import CrossEncoder

        try:
            self._model = CrossEncoder(name_or_path, device="cpu")
        except (OSError, ValueError) as error:
            message = f"QIHUI_CROSS_ENCODER={name_or_path} could not be loaded; give a folder that holds it ({error})"
            raise EncoderUnavailable(message) from error
        self._one_at_a_time = threading.Lock()

    def choose(self, text: str, titles: dict[str, str], names: tuple[str, ...] = ()) -> str | None:  # noqa: ARG002
        """The topic whose title fits the text best, None without titles. Nothing leaves this machine, names neither."""
        if not titles:
            return None
        with self._one_at_a_time:
            scores = self._model.predict([(text, title) for title in titles.values()], show_progress_bar=False)
        return list(titles)[int(np.argmax(np.asarray(scores).reshape(len(titles), -1)[:, -1]))]
