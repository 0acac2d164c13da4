"""How bytes come in and go out: TLS, connections, the ASGI server."""
