#!/usr/bin/python3
"""Passes a TCP port of the box on to the control socket, as the user that runs it: `bridge.py PORT`."""
import asyncio
import sys

CONTROL = "/run/counterfoil/control"


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def serve(reader, writer):
    try:
        inner_reader, inner_writer = await asyncio.open_unix_connection(CONTROL)
    except OSError:
        writer.close()
        return
    await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))


async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", int(sys.argv[1]))
    await server.serve_forever()

asyncio.run(main())
