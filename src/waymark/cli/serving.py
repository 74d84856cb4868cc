"""`waymark serve`: the web app and the HTTP API on this machine."""

import errno
import os
import socket
from typing import Annotated

import typer

from waymark.errors import Conflict, Invalid


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65_535)] = 8000,
    workers: Annotated[int, typer.Option(help="Processes that answer.", min=1, max=64)] = 1,
) -> None:
    """Serve the web app and the API until interrupted."""
    import uvicorn  # noqa: PLC0415  the server loads only here

    from waymark.settings import read_settings  # noqa: PLC0415

    read_settings()  # a wrong setting ends here with its sentence, not in a worker
    listening = _listen(host, port)
    config = uvicorn.Config(
        "waymark.server:build",
        factory=True,
        workers=workers,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=75,
    )
    typer.echo(f"Waymark answers on http://{host}:{listening.getsockname()[1]} (Ctrl+C ends it)", err=True)
    if workers == 1:
        uvicorn.Server(config).run(sockets=[listening])
    else:
        from uvicorn.supervisors import Multiprocess  # noqa: PLC0415

        Multiprocess(config, sockets=[listening]).run()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(1024)
    except OSError as error:
        listening.close()
        kind = Conflict if error.errno == errno.EADDRINUSE else Invalid
        raise kind(
            f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}",
            hint="try another --port or --host",
        ) from error
    listening.set_inheritable(True)
    return listening
