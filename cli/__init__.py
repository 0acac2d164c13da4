"""The command for people: kubectl's verbs, its words and its output; the cluster's own commands join by entry point."""
