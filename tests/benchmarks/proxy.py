"""A proxy in front of a store that counts and delays requests."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 16


@dataclass(kw_only=True)
class Proxy:
    """A proxy on loopback. `requests` contains the first line of each request."""

    endpoint_url: str
    delay: float = 0.0
    """The delay of each request in seconds."""
    requests: list[str] = field(default_factory=list)


@contextlib.contextmanager
def run_proxy(store_url: str) -> Iterator[Proxy]:
    """Run the proxy until the block ends."""
    store = urlsplit(store_url)
    proxy = Proxy(endpoint_url="")
    loop = asyncio.new_event_loop()

    async def listen() -> asyncio.Server:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await _serve(proxy, reader, writer, (store.hostname or "", store.port or 80))
            writer.close()

        return await asyncio.start_server(serve, "127.0.0.1", 0)

    server = loop.run_until_complete(listen())
    proxy.endpoint_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


async def _serve(
    proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, store: tuple[str, int]
) -> None:
    store_reader, store_writer = await asyncio.open_connection(*store)
    answers = asyncio.create_task(_forward(store_reader, writer))
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            proxy.requests.append(head.partition(b"\r\n")[0].decode("latin-1"))
            await asyncio.sleep(proxy.delay)
            store_writer.write(head)
            await _forward_body(reader, store_writer, _read_length(head))
    finally:
        store_writer.close()
        answers.cancel()


async def _forward_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, length: int) -> None:
    while length:
        chunk = await reader.readexactly(min(length, _CHUNK))
        length -= len(chunk)
        writer.write(chunk)
        await writer.drain()
    await writer.drain()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        writer.close()


def _read_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0
