"""``python -m linter``, for where the ``disclint`` script is not on the path."""

from linter.cli import main

if __name__ == "__main__":
    main()
