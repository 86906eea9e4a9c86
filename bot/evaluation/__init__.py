"""How good the whole way is: cases with settled answers, read, decided and scored."""
