"""Files, and which of them are attached to documents."""
