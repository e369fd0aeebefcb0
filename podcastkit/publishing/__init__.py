"""Publish a show: prepare a plan, carry it out, undo it."""
