"""What the app's server answers for the page itself, asked without a browser."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from browser import MARKS

pytestmark = MARKS
static = pytest.importorskip("streamlit.file_util").get_static_dir


def asked(url: str) -> tuple[str, str, bytes]:
    """Kind, caching and content of an answer."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.status == 200
        content = answer.read()
        assert int(answer.headers["Content-Length"]) == len(content)
        return answer.headers["Content-Type"], answer.headers["Cache-Control"], content


@pytest.mark.parametrize("path", ["", "themes?lang=en"])
def test_a_page_names_the_code_of_the_charts_and_all_that_it_needs(address: str, path: str) -> None:
    kind, caching, content = asked(f"{address}/{path}")
    assert (kind.partition(";")[0], caching) == ("text/html", "no-cache")
    named = re.findall(r'<link rel="modulepreload" crossorigin href="\./static/js/([^"]+)">', content.decode())
    assert len(named) == len(set(named))
    assert [name for name in named if name.startswith("ArrowVegaLiteChart.")]
    for name in named:
        _, caching, content = asked(f"{address}/static/js/{name}")
        assert content == (Path(static()) / "static" / "js" / name).read_bytes()
        assert "immutable" in caching
        needed = re.findall(r"""(?:from|import)["']\./([\w.~-]+\.js)["']""", content.decode())
        loaded = {*named, *re.findall(r'src="\./static/js/([^"]+)"', asked(f"{address}/")[2].decode())}
        assert set(needed) <= loaded, name


@pytest.mark.parametrize("path", ["static/js/../../../../file_util.py", "static/js/%2e%2e/%2e%2e/%2e%2e/file_util.py"])
def test_no_file_outside_of_the_page_is_given(address: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        asked(f"{address}/{path}")
    assert refused.value.code in (400, 404)
