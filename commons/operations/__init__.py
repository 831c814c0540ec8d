"""What the project does: one operation a file, named like its command, its page of help and its test.

An operation is handed what it needs and never reads settings; it calls rooms below, and no other operation.
"""
