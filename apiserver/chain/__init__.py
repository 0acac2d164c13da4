"""What happens to every request before its verb: one step a file, listed in order in `steps.py`."""
