"""The index: text to vectors, vectors to a FAISS artifact, and questions to hits.

The only room that knows ``faiss`` and ``sentence_transformers``. Vectors are published data; the FAISS files are a pure function of them;
a manifest binds both to the data by content.
"""
