from __future__ import annotations

import gzip
import io
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsenlp.errors import InputError
from rsenlp.json_text import decode_json, json_lines, json_pieces

REPLACED = "NaN, infinities, numbers beyond 64 bits or halves of characters replaced"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=3), JSON, max_size=3), max_size=5)


def shown(found: Any) -> list[Any]:
    """Values as they are, errors as their text, with their places."""
    return [
        (where.line, f"{item.rule}; got {item.got}" if isinstance(item, InputError) else item.value)
        for where, item in found
    ]


@pytest.mark.parametrize(
    ("text", "value", "mended"),
    [
        (b'{"a": 1}', {"a": 1}, ""),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}, ""),
        (b'{"a": "\\ud800 cut"}', {"a": "? cut"}, REPLACED),
        (b'{"a": NaN, "b": [-Infinity, 1e999, 2]}', {"a": None, "b": [None, None, 2]}, REPLACED),
        (b'{"id": 99999999999999999999}', {"id": "99999999999999999999"}, REPLACED),
        (b'{"a": "the number 99999999999999999999"}', {"a": "the number 99999999999999999999"}, ""),
        (b'{"a": "one\x00two\x0bthree\nfour"}', {"a": "one\x00two\x0bthree\nfour"}, "control characters"),
        (b'\x00\x00{"a": 1}\x00', {"a": 1}, "control characters"),
        (b'{"a": "d\xe9\x85"}', {"a": "dé…"}, "bytes that are no UTF-8 read as Windows-1252"),
    ],
)
def test_json_as_it_is_really_written(text: bytes, value: object, mended: str) -> None:
    assert decode_json(text) == (value, mended)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"a": ', "truncated"),
        (b'{"a": 1} {"a": 2}', "trailing characters"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a": "\\ud800", "b": ' + b"[" * 100_000, "nested too deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "out of range"),
        (b"\xff\xfe", "invalid character"),
    ],
)
def test_what_is_no_json_however_leniently_it_is_read(text: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode_json(text)


@given(JSON)
def test_whatever_is_decoded_can_be_written_again(value: object) -> None:
    decoded = decode_json(json.dumps(value).encode())
    assert decode_json(msgspec.json.encode(decoded.value)) == (decoded.value, "")
    if decoded.mended == "":
        assert decoded.value == value


def test_lines_are_read_on_after_what_is_broken() -> None:
    stream = io.BytesIO(b'\xef\xbb\xbf{"a": 1}\r\n\n{"a": \n"text"\n{"a": "' + b"x" * 60 + b'"}\n{"a": 2}')
    assert shown(json_lines(stream, "f", longest=50)) == [
        (1, {"a": 1}),
        (3, "every line is one JSON object; got '{\"a\": ' (Input data was truncated)"),
        (4, "text"),
        (5, "a line has at most 50 bytes; got a longer one"),
        (6, {"a": 2}),
    ]


def test_a_line_of_the_longest_length_is_read() -> None:
    assert shown(json_lines(io.BytesIO(b'{"a":1}\n{"b":23}'), "f", longest=8)) == [(1, {"a": 1}), (2, {"b": 23})]


def test_a_stream_that_breaks_off_gives_what_comes_before() -> None:
    whole = b"".join(b'{"number": %d, "text": "%d"}\n' % (number, number**30) for number in range(5000))
    cut = gzip.compress(whole)[:-5000]
    found = shown(json_lines(gzip.GzipFile(fileobj=io.BytesIO(cut)), "f"))
    last, message = found[-1]
    assert "the file can be read to its end; got Compressed file ended" in message
    assert [value["number"] for _, value in found[:-1]] == list(range(last - 1))
    assert last > 100


@given(OBJECTS, st.sampled_from([None, 0, 1, 4]), st.booleans(), st.integers(1, 40))
def test_values_are_the_same_however_they_lie_in_the_file(
    values: list[Any], indent: int | None, as_array: bool, chunk: int
) -> None:
    dumped = [json.dumps(value, indent=indent) for value in values]
    text = json.dumps(values, indent=indent) if as_array else "\n".join(dumped)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rsenlp.json_text._CHUNK", chunk)
        found = shown(json_pieces(io.BytesIO(text.encode()), "f"))
    assert found == list(enumerate((decode_json(item.encode()).value for item in dumped), start=1))


def test_an_array_is_read_on_at_the_next_line_after_a_broken_item() -> None:
    text = '[{"a": 1},\n{"a": oh, "b": {"a": 9}},\n{"a": "' + "x" * 100 + '"},\n{"a": 3, "b": NaN}\n]'
    assert shown(json_pieces(io.BytesIO(text.encode()), "f", longest=120)) == [
        (1, {"a": 1}),
        (2, "every item is a JSON object; got Expecting value: line 2 column 7 (char 17)"),
        (3, {"a": "x" * 100}),
        (4, {"a": 3, "b": None}),
    ]


def test_an_array_that_is_not_closed_is_told() -> None:
    assert shown(json_pieces(io.BytesIO(b'[{"a": 1}, {"a": 2}'), "f"))[2:] == [
        (3, "a JSON array is closed; got the end of the file")
    ]
    assert shown(json_pieces(io.BytesIO(b'[{"a": 1}, {"a": "2'), "f"))[1:] == [
        (2, "every item is a JSON object; got Unterminated string starting at: line 1 column 18 (char 17)")
    ]


def test_an_item_beyond_measure_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rsenlp.json_text._CHUNK", 64)
    text = '[{"a": "' + "x" * 10_000 + '"},\n{"a": 2}]'
    assert shown(json_pieces(io.BytesIO(text.encode()), "f", longest=1000)) == [
        (1, "every item is a JSON object; got more than 1,000 characters"),
        (2, {"a": 2}),
    ]


def test_bytes_of_another_encoding_within_an_array() -> None:
    (_, found), _ = json_pieces(io.BytesIO('[{"a": "dé…"},\n{"a": "ok"}]'.encode("cp1252")), "f")
    assert found == ({"a": "dé…"}, "bytes that are no UTF-8 read as Windows-1252")
