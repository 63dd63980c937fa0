"""Who reaches what: every address of the portal against every kind of person, in one table."""
