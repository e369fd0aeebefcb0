"""The example storage of the documentation, with an in-memory file system."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsspec.implementations.memory import MemoryFileSystem

if TYPE_CHECKING:
    from podcastkit.storage.base import Storage

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-storage.md"


def make_example_storage() -> Storage:
    """Return an empty storage of the class in the documentation."""
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert code
    names: dict[str, Any] = {"__name__": "fsspec_storage"}
    exec(code[1], names)  # noqa: S102 - the page is part of this repository
    storage: Storage = names["FsspecStorage"](MemoryFileSystem(), f"/{uuid.uuid4().hex}", "http://127.0.0.1:9")
    return storage
