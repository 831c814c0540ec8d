"""Every route of the Hub, one file a subject. A handler translates, wire to verb and result to wire; it decides nothing."""
