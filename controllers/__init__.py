"""The controllers: what happens in the cluster because an object exists."""
