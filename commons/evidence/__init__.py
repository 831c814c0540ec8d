"""Evidence: the one form in which a record reaches a reader, whoever asks: command line, Space or program."""
