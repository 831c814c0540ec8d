"""Quotations: whether words that somebody attributes to a record stand in it, and what differs."""
