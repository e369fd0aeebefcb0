"""Publish a limited-series podcast from a folder of episodes."""

__version__ = "0.1.0"
