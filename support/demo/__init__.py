"""What `make demo` shows: invented places, chargers and people, loaded by the real import."""
