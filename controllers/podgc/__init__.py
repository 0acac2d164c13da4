"""Pods nobody else ends: those of nodes that are gone, those deleted before they ran, and too many ended ones."""
