from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.seaweedfs import SeaweedFS


@pytest.fixture
def proxy(seaweedfs: SeaweedFS) -> Iterator[Proxy]:
    """A proxy in front of the store, without faults until it is armed."""
    with Proxy(seaweedfs.endpoint_url) as running:
        yield running
