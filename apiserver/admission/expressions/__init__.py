"""Expressions (CEL) about requests: match conditions of webhooks and policies, and what policies compute."""
