"""Recorded conversations over HTTP: loaded, compiled into templates that answer for any value, made, scrubbed and linted."""
