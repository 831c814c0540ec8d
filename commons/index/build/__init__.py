"""Making an index artifact: what is missing is embedded, pools are assembled, measured and bound; the audit makes them again."""
