"""What the server accepts for the kinds of the apps group."""
