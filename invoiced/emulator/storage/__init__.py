"""Where the data of the account is kept."""
