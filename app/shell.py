"""The files of the app's frame, from memory, and fetched by the browser before they are asked for one by one.

Streamlit's page fetches the code of a widget when it first shows one, and that of the charts when it has a chart to
draw, each after the other. What the overview shows is named in the head of the page, so that all of it comes at once.
"""

from __future__ import annotations

import mimetypes
import re
from functools import cache
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util

# the parts of the page, by the names of their files before the hash
_PARTS = (
    "PageLink", "ButtonGroup", "TextInput", "Multiselect", "Metric", "Html", "ArrowVegaLiteChart", "embed",
    "vega-interpreter",
)  # fmt: skip
_FROM = re.compile(r"""(?:from|import)["']\./([\w.~-]+\.js)["']""")
_KEPT = "public, immutable, max-age=31536000"  # their names change with their content


class Shell:
    """An ASGI middleware that answers for the files of Streamlit's page, and adds to the page what it will need."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._folder = Path(file_util.get_static_dir())
        self._links = links(self._folder).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        found = file(self._folder, scope["path"]) if scope["path"].startswith("/static/") else None
        if found is None:
            await self._app(scope, receive, _Page(send, self._links))
            return
        content, kind = found
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode()),
                   (b"cache-control", _KEPT.encode())]  # fmt: skip
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


class _Page:
    """Sends a response on, with links in the head where it is a page."""

    def __init__(self, send: Send, links: bytes) -> None:
        self._send, self._links = send, links
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = dict(message["headers"]).get(b"content-type", b"")
            if message["status"] == 200 and kind.startswith(b"text/html"):
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = self._body.replace(b"</head>", self._links + b"</head>", 1)
        headers = [(name, value) for name, value in self._start["headers"] if name != b"content-length"]
        await self._send({**self._start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await self._send({"type": "http.response.body", "body": body})


@cache
def file(folder: Path, path: str) -> tuple[bytes, str] | None:
    """The content of a file of the page and its kind, ``None`` where it is none of them."""
    name = path.removeprefix("/")
    if name not in _names(folder):
        return None
    kind, _ = mimetypes.guess_type(name)
    return (folder / name).read_bytes(), kind or "application/octet-stream"


@cache
def _names(folder: Path) -> frozenset[str]:
    return frozenset(path.relative_to(folder).as_posix() for path in folder.glob("static/*/*") if path.is_file())


def links(folder: Path) -> str:
    """The links of a page's head to the code of its parts, and to what that needs; none where they have other names."""
    code = folder / "static" / "js"
    todo = [path.name for part in _PARTS for path in code.glob(f"{part}.*.js")]
    found: dict[str, None] = {}
    while todo:
        name = todo.pop()
        if name not in found and (code / name).is_file():
            found[name] = None
            todo += _FROM.findall((code / name).read_text(encoding="utf-8"))
    page = (folder / "index.html").read_text(encoding="utf-8")
    return "".join(
        f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in found if name not in page
    )
