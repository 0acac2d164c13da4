"""Streams below the API: byte pipes, HTTP upgrades, WebSocket channels and SPDY/3.1, both ends of each."""
