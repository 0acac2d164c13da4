"""`describe`: an object told at length, kind by kind; what no file here knows is told field by field."""
