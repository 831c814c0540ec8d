"""Checks of one row: ``row`` for types and bounds, and one file for each subject that its words are read for."""
