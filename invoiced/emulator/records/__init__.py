"""What all kinds of records have in common: how they are created, changed, shown and listed."""
