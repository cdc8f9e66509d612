"""Events: what has happened in the account, and webhooks, which post it to other programs."""
