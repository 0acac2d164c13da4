"""The roles and bindings every cluster starts with, and how they are kept."""
