"""Cards: the pages a repository shows people and machines, generated at every landing and never typed.

Templates lie in ``dataset_cards/``; numbers come from ``records.summary``; text from records is escaped.
"""
