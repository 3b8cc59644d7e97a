"""What the product writes is its owner's alone: the mask of the entry points, and folders and files made with their mode."""

import os
from pathlib import Path


def mask() -> None:
    """From now on no file or folder that this process makes is open to others. Called once by each entry point."""
    os.umask(0o077)


def folder(path: Path) -> None:
    """Make a folder and what is missing above it, each for its owner alone; what exists keeps its mode."""
    if path.is_dir():
        return
    if not path.parent.is_dir():
        folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)


def opener(path: str, flags: int) -> int:
    """For `open`: a file that this makes is readable by its owner alone."""
    return os.open(path, flags, 0o600)
