"""What every process needs around its own work: flags, logs, signals, health and metrics."""
