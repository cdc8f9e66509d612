"""PDFs of documents, receipts and statements, and the links to them (billing.md 3.21, 3.22)."""
