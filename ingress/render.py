"""nginx's whole configuration as text: the same model gives the same text, to the byte."""

from __future__ import annotations

import dataclasses
import hashlib
import re

from ingress import cors, limits, locations, pools
from ingress.frame import Frame
from ingress.lines import Lines, Written
from ingress.model import Model, Server
from ingress.quoting import quoted

_GENERATION = "GENERATION"


def render(model: Model, frame: Frame) -> Written:
    """The configuration; its generation is a digest of it, which the running nginx tells on its control socket."""
    out = Lines()
    if frame.user:
        out(f"user {frame.user}")
    out(
        "daemon off",
        f"worker_processes {frame.workers}",
        f"pid {quoted(str(frame.pid_file))}",
        "error_log stderr error",
        f"worker_shutdown_timeout {frame.worker_shutdown_seconds}s",
    )
    if frame.open_files:
        out(f"worker_rlimit_nofile {frame.open_files}")
    with out.block("events"):
        out(f"worker_connections {frame.connections}")
    with out.block("http"):
        _general(out, frame, len(model.servers))
        _control(out, frame)
        _variables(out, frame)
        locations.write_headers(out, frame, "proxy", "$outer_host")
        locations.write_headers(out, frame, "grpc", "$outer_host")
        cors.write_maps(out, model)
        limits.write_zones(out, model)
        pools.write(out, model)
        for server in model.servers:
            _server(out, frame, server)
    found = out.written()
    generation = hashlib.sha256(found.text.encode()).hexdigest()[:16]
    return dataclasses.replace(found, text=found.text.replace(_GENERATION, generation, 1), generation=generation)


def _general(out: Lines, frame: Frame, servers: int) -> None:
    scratch = ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
    out(*(f"{kind}_temp_path {quoted(str(frame.folder / 'scratch' / kind))}" for kind in scratch))
    out(
        f"access_log {frame.access_log if frame.access_log == 'off' else quoted(frame.access_log)}",
        "server_tokens off",
        "tcp_nodelay on",
        "keepalive_timeout 75s",
        "keepalive_requests 10000",
        f"client_max_body_size {frame.body_size}",
        "large_client_header_buffers 4 16k",
        f"server_names_hash_max_size {max(1024, servers * 4)}",
        "server_names_hash_bucket_size 512",
        "map_hash_bucket_size 512",
        "variables_hash_max_size 4096",
        "ssl_protocols TLSv1.2 TLSv1.3",
        "ssl_prefer_server_ciphers off",
        "ssl_session_cache shared:tls:1m",
        "ssl_session_timeout 10m",
        "ssl_session_tickets off",
        "proxy_http_version 1.1",
        "proxy_buffering off",
        "proxy_request_buffering off",
        # Longer than a lost packet takes to be sent again; then the next endpoint is tried.
        "proxy_connect_timeout 2s",
        "proxy_next_upstream error timeout",
        "proxy_next_upstream_tries 3",
        "proxy_redirect off",
        "grpc_connect_timeout 2s",
        "grpc_next_upstream_tries 3",
    )
    if frame.resolvers:
        out(f"resolver {' '.join(frame.resolvers)} valid=10s", "resolver_timeout 5s")


def _variables(out: Lines, frame: Frame) -> None:
    """What the client saw from outside: scheme, host, port; believed from another proxy's headers only when told to."""
    pairs = {
        "outer_host": ("$http_host", "$host"),
        "outer_request_id": ("$http_x_request_id", "$request_id"),
    }
    if frame.forwarded_headers:
        pairs |= {
            "outer_scheme": ("$http_x_forwarded_proto", "$scheme"),
            "outer_port": ("$http_x_forwarded_port", "$server_port"),
        }
    for name, (given, own) in pairs.items():
        with out.block(f"map {given} ${name}"):
            out(f'"" {own}', f"default {given}")
    if not frame.forwarded_headers:
        for name, own in (("outer_scheme", "$scheme"), ("outer_port", "$server_port")):
            with out.block(f'map "" ${name}'):
                out(f"default {own}")
    with out.block("map $http_upgrade $outer_connection"):
        out('"" ""', "default upgrade")


def _control(out: Lines, frame: Frame) -> None:
    with out.block("server"):
        out(f"listen {quoted('unix:' + str(frame.socket))}", "access_log off")
        with out.block("location = /generation"):
            out(f'return 200 "{_GENERATION}"')
        with out.block("location = /connections"):
            out("stub_status")
        with out.block("location /"):
            out("return 404")


def _server(out: Lines, frame: Frame, server: Server) -> None:
    with out.block("server"):
        more = "" if server.host else " default_server"
        for address in frame.addresses:
            if frame.http_port:
                out(f"listen {address}:{frame.http_port}{more}")
            if frame.https_port:
                out(f"listen {address}:{frame.https_port} ssl http2{more}")
        out(f"server_name {_name(server.host)}")
        if frame.https_port:
            with out.of(server.certificate_of):
                cert = key = str(frame.folder / server.certificate)
                if not server.certificate:
                    cert, key = frame.fallback_certificate, frame.fallback_key
                out(f"ssl_certificate {quoted(cert)}", f"ssl_certificate_key {quoted(key)}")
        locations.write(out, frame, server)


def _name(host: str) -> str:
    """nginx's own wildcards stand for any number of labels, an Ingress' for one."""
    if not host:
        return "_"
    if host.startswith("*."):
        return quoted(rf"~^[^.]+\.{re.escape(host[2:])}$")
    return host
