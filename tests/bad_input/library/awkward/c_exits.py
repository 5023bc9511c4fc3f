"""Ends the program while it is imported, as a script without a guard does."""

import sys

print("good bye")
sys.exit("not a library")
