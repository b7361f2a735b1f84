"""Waiting on a socket without taking anything from it."""

import asyncio
import socket


async def readable(sock: socket.socket) -> None:
    """Wait until there is something to read, or to accept."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(sock, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sock)


async def writable(sock: socket.socket) -> None:
    """Wait until something can be sent; one at a time may."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_writer(sock, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(sock)


async def peek(sock: socket.socket, length: int) -> bytes:
    """Wait for bytes, and give them while they stay to be read; none when the other end has closed."""
    while True:
        await readable(sock)
        try:
            return sock.recv(length, socket.MSG_PEEK)
        except BlockingIOError:
            continue
