"""The index: vectors to a FAISS artifact, words to a keyword index, and questions to ranked records.

The only room that knows ``faiss`` and ``tantivy``; what makes vectors of texts is ``commons.embedding``. Vectors are published data; the
FAISS files are a pure function of them; a manifest binds both to the data by content.
"""
