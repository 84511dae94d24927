"""The command ``nstar``, also as ``python -m nstar``."""

import sys

from paper_repro.cli import main

if __name__ == "__main__":
    sys.exit(main())
