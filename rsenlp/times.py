"""Moments as exports write them, in French and English, as UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from rsenlp.errors import InputError, Location

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier january janv jan",
            "février fevrier february févr fevr feb fév",
            "mars march mar",
            "avril april avr apr",
            "mai may",
            "juin june jun",
            "juillet july juil jul",
            "août aout august aug",
            "septembre september sept sep",
            "octobre october oct",
            "novembre november nov",
            "décembre decembre december déc dec",
        ),
        start=1,
    )
    for name in names.split()
}
_DAY = r"(?:(?:lun|mar|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun)[a-zé]*\.?,?\s+)?"
_CLOCK = (
    r"(?:[\s,-]*(?:à|at)?\s*(?P<hour>\d{1,2})\s*[:h]\s*(?P<minute>\d{2})?(?::(?P<second>\d{2}))?"
    r"(?:\s*(?P<half>[ap]\.?m)\.?)?(?:\s*min)?)?"
)
_WRITTEN = re.compile(
    rf"^\s*(?:le\s+|on\s+)?{_DAY}"
    r"(?:(?P<day>\d{1,2})(?:er|st|nd|rd|th)?\s+(?P<month>[^\W\d_]+)\.?"
    r"|(?P<month2>[^\W\d_]+)\.?\s+(?P<day2>\d{1,2})(?:st|nd|rd|th)?"
    r"|(?P<day3>\d{1,2})[/.-](?P<month3>\d{1,2})(?=[/.-]))[,/.-]?\s*"
    rf"(?P<year>\d{{4}}){_CLOCK}\s*$",
    re.IGNORECASE,
)
_PATTERNS = (
    "%Y/%m/%d %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%a, %d %b %Y %H:%M:%S %z",
    "%a %b %d %H:%M:%S %z %Y",
)
# seconds since 1970 from 1973 on, milliseconds up to the year 5138: smaller numbers are years or spreadsheets' days
SECONDS = (1e8, 1e11)


def parse_time(value: Any, where: Location) -> datetime | None:
    """A moment in UTC: ISO 8601, seconds or milliseconds since 1970, ``31/12/2019 08:05``, ``12 mars 2012 à 14h05``,
    ``March 12, 2012 at 2:05 pm``. Without a zone it is UTC; days come before months.

    Raises:
        InputError: the value is none of these.
    """
    if value is None or value == "" or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, datetime):
        return _utc(value)
    if type(value) is int and (found := _since_1970(value)) is not None:
        return found
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        found = _iso(text) or _written(text) or _patterned(text)
    else:
        found = _since_1970(number)
    if found is None:
        raise InputError(
            "a date is ISO 8601, seconds since 1970, dd/mm/yyyy hh:mm, or written out in French or English",
            where=where,
            got=repr(text[:40]),
        )
    return found


def _since_1970(number: float) -> datetime | None:
    least, most = SECONDS
    if least <= number < most:
        return datetime.fromtimestamp(number, UTC)
    if least * 1000 <= number < most * 1000:
        return datetime.fromtimestamp(number / 1000, UTC)
    return None


def _iso(text: str) -> datetime | None:
    try:
        return _utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):  # the first and last days of the calendar have no UTC in every zone
        return None


def _written(text: str) -> datetime | None:
    match = _WRITTEN.match(text)
    if match is None:
        return None
    named = match["month"] or match["month2"]
    month = _MONTHS.get(named.lower()) if named else int(match["month3"])
    day = int(match["day"] or match["day2"] or match["day3"])
    hour = int(match["hour"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower().startswith("p") else 0)
    try:
        return datetime(
            int(match["year"]), month or 0, day, hour, int(match["minute"] or 0), int(match["second"] or 0), tzinfo=UTC
        )
    except ValueError:
        return None


def _patterned(text: str) -> datetime | None:
    for pattern in _PATTERNS:
        try:
            return _utc(datetime.strptime(text, pattern))
        except (ValueError, OverflowError):
            continue
    return None


def format_time(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC, with ``Z``."""
    return _utc(moment).isoformat().replace("+00:00", "Z")


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
