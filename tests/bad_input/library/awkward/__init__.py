"""A task library with everything in it that one would rather not find, and one task that behaves."""
