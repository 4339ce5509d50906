"""``python -m tools.simulate``: see ``command``."""

import sys

from tools.simulate.command import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
