"""The one-machine cluster: bring it up, look at it, take it down without a trace."""
