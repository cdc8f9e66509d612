"""What is sent to customers: statements and documents."""
