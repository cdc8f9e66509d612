"""What texts and numbers mean: JSON, amounts, addresses, codes."""
