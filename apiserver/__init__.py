"""The API server: the only way to the store, and the data bus between all other processes."""

import minik8s.daemon  # noqa: F401 - before structlog, see there
