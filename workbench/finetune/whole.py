"""Write a folder that has its name only once it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["whole_folder"]


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the name asked for when the block ends well.

    What had the name before stays until then, and stays for good where the block raises.

    Args:
        folder: the name asked for; the folders above it are made.

    Yields:
        The folder to fill, beside the other.

    Raises:
        OSError: when it cannot be made or renamed; whoever writes says what was to be written.

    Example:
        >>> import tempfile
        >>> place = Path(tempfile.mkdtemp()) / "weights"
        >>> with whole_folder(place) as part:
        ...     _ = (part / "note").write_text("whole")
        ...     place.exists()
        False
        >>> place.is_dir()
        True
    """
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        yield part
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
