"""Raises what only a user may."""

raise KeyboardInterrupt
