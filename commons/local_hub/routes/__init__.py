"""Every route of the Hub, one file a subject. A handler translates, wire to call and result to wire; it decides nothing."""
