"""Jobs: pods run until enough of them succeeded, each counted exactly once."""
