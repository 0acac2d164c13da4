"""Benchmarks: figures of the parts and of the whole."""
