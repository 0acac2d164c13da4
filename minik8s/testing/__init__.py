"""Stand-ins for tests of every room: a clock to turn by hand, an API server in memory."""
