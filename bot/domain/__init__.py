"""What we know and how we decide: pure functions, no input or output."""
