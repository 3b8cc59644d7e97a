"""`python -m cli` is `oiflow`."""

from cli import main

main()
