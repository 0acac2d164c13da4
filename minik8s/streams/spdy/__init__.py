"""SPDY/3.1 as far as Kubernetes speaks it: streams over one connection, as `spdystream` has them."""
