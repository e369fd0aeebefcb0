from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from reader import make_reader

from tests.everything import publish_everything
from tests.feed.conftest import bare_edition, edition  # noqa: F401 - fixtures
from tests.readers.node import Node, run_node
from tests.readers.node_readers import read_by_feedsmith, read_by_partytime, read_by_rss_parser
from tests.readers.python_readers import read_by_feedparser, read_by_podcastparser, read_by_reader
from tests.readers.trees import read_by_expat, read_by_saxes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.readers.fields import Reading


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The show that uses every feature, in `show`, and its published files, in `public`."""
    folder = tmp_path_factory.mktemp("everything")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PODCASTKIT_CACHE", str(folder / "cache"))
        publish_everything(folder)
    return folder


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """A Node process with the JavaScript readers, one per worker."""
    with run_node() as node:
        yield node


@pytest.fixture(scope="session")
def readers(
    node: Node, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Callable[[bytes], Reading]]]:
    """All readers by name."""
    folder = tmp_path_factory.mktemp("feeds")
    with make_reader(":memory:", feed_root=str(folder)) as library:
        yield {
            "expat": read_by_expat,
            "saxes": partial(read_by_saxes, node=node),
            "podcastparser": read_by_podcastparser,
            "feedparser": read_by_feedparser,
            "reader": partial(read_by_reader, library=library, folder=folder),
            "partytime": partial(read_by_partytime, node=node),
            "feedsmith": partial(read_by_feedsmith, node=node),
            "rss-parser": partial(read_by_rss_parser, node=node),
        }
