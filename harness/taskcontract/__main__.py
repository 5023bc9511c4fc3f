"""`python -m taskcontract` is the command line."""

from __future__ import annotations

from taskcontract.cli import main

if __name__ == "__main__":
    main()
