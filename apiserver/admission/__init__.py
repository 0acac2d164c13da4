"""What happens to a write between authorization and storage: plugins that change it, plugins that judge it."""
