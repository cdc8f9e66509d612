"""What users' own tests run on. An optional room: the rest of the library never imports it."""
