"""Any sentence-transformers model by name or path (`QIHUI_ENCODER`). Loads torch: seconds and a gigabyte."""

from pathlib import Path

import numpy as np

from index.encoder import EncoderUnavailable, Vectors


class SentenceEncoder:
    """A sentence-transformers model; prompts named `query` and `passage`/`document` are used where the model has them.

    Raises: EncoderUnavailable: the model is neither a folder nor in the local cache (nothing is downloaded at run
    time unless the operator's environment allows it).
    """

    def __init__(self, name_or_path: str) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(name_or_path, device="cpu")
        except (OSError, ValueError) as error:
            message = f"QIHUI_ENCODER={name_or_path} could not be loaded; give a folder that holds the model ({error})"
            raise EncoderUnavailable(message) from error
        self.name = f"sentence-transformers/{Path(name_or_path).name}"
        self.dim = int(self._model.get_embedding_dimension() or 0)

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Encode parents' messages; see `Encoder`."""
        return self._rows(self._model.encode_query(texts, normalize_embeddings=True))

    def encode_passages(self, texts: list[str]) -> Vectors:
        """Encode texts of the guide; see `Encoder`."""
        return self._rows(self._model.encode_document(texts, normalize_embeddings=True))

    def _rows(self, vectors: object) -> Vectors:
        return np.asarray(vectors, dtype=np.float32).reshape(-1, self.dim)
