"""Single values of exports and pages as the contract wants them: moments, names, titles."""

from __future__ import annotations

import html
import re
from datetime import datetime
from ipaddress import ip_address

from rsenlp.audit import Report
from rsenlp.errors import InputError, Location
from rsenlp.readers.html_text import html_to_text
from rsenlp.text import nfc
from rsenlp.times import parse_time

_MARKUP = re.compile(r"</?(?:a|abbr|b|br|cite|code|em|i|q|small|span|strong|sub|sup|u|wbr)\b[^<>]*>", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.\w{2,}")


def moment(value: str | None, where: Location, report: Report, *, id: str) -> datetime | None:
    """When a comment was written; a date that cannot be read is left out, with a row."""
    try:
        return parse_time((value or "").strip(), where)
    except InputError as error:
        report.repaired("date left out", where, id=id, detail=error.got)
        return None


def author_name(*names: str | None, where: Location, report: Report, id: str) -> str | None:
    """The first of the names that is there. E-mail and IP addresses are no names: they are left out, with a row that
    does not repeat them.
    """
    for name in names:
        plain = one_line(name)
        if plain is None:
            continue
        if not _is_address(plain):
            return plain
        report.repaired("author's name is an e-mail or IP address, left out", where, id=id)
    return None


def one_line(value: str | None) -> str | None:
    """A name or title on one line, its entities and inline markup read as HTML; ``None`` for what holds nothing."""
    if not value or not value.strip():
        return None
    text = html_to_text(value) if _MARKUP.search(value) else nfc(html.unescape(value))
    return " ".join(text.split()) or None


def _is_address(name: str) -> bool:
    if _EMAIL.search(name):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
