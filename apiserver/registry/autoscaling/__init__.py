"""The kinds of the autoscaling group: one stored form, served in two versions."""
