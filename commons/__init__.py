"""An open knowledge commons on the Hugging Face Hub.

Nouns are folders, verbs are files, doors only translate: start reading at ``cli/``, then the verb it calls.
"""

__version__ = "0.1.0"
