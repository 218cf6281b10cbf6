"""Serving the Streamlit app on this machine alone, until it is stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from rsenlp.errors import MissingExtraError, UsageError
from rsenlp.installation import app_folder, library_version

ADDRESS = "127.0.0.1"
STUDY_VARIABLE = "RSENLP_STUDY"
COLOURS = {
    "light.primaryColor": "#005A9C",
    "light.textColor": "#0C0D12",
    "dark.primaryColor": "#7CB8F2",
    "dark.textColor": "#FFFFFF",
}
"""Colours with which everything that Streamlit fades or tints still has a contrast of 4.5 to 1; whether light or dark
is left to the reader's system."""


def app_command(port: int) -> list[str]:
    """The command that serves the app: no browser opened, nothing reported, no other address than this machine's."""
    options = {
        "server.address": ADDRESS,
        "server.port": str(port),
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.serverAddress": ADDRESS,
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        **{f"theme.{name}": colour for name, colour in COLOURS.items()},
    }
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(app_folder() / "server.py"),
        *(f"--{key}={value}" for key, value in options.items()),
    ]


def serve_app(study: Path, *, port: int, say: Callable[[str], None], page: str = "") -> int:
    """Serve the app on a study until it ends or is interrupted, and say the address of a page; the server's exit code.

    Raises:
        MissingExtraError: Streamlit is not installed.
        UsageError: the port is taken.
    """
    if library_version("streamlit") is None:
        raise MissingExtraError("streamlit", extra="app", purpose="the app")
    port = _free_port(port)
    address = f"http://{ADDRESS}:{port}" + (f"/{page}" if page else "")
    say(f"The app is served at {address} (stop it with Ctrl-C)")
    environment = os.environ | {STUDY_VARIABLE: str(study.resolve())}
    with subprocess.Popen(app_command(port), env=environment, stdout=subprocess.DEVNULL) as server:  # noqa: S603 - our own command
        # the server ends with this process, however that is asked to end
        previous = signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        try:
            code = server.wait()
        except KeyboardInterrupt:
            server.terminate()
            code = server.wait()
        finally:
            signal.signal(signal.SIGTERM, previous)
        return 0 if code in (-signal.SIGTERM, -signal.SIGINT) else code


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise UsageError(f"port {port} is taken; say another with --port, or 0 for a free one") from error
        free: int = probe.getsockname()[1]
        return free
