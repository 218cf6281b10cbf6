"""What a format of export is, and what can be asked of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from rsenlp.audit import Report
from rsenlp.codebook import Language, Term
from rsenlp.exports.labelled import Labelled


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How an export is written: ``bom`` opens CSV with a byte order mark; ``names`` is the language of codes, titles
    and hints in the formats that show them to readers. What programs read has the same names in both.
    """

    bom: bool = False
    names: Language = "en"


Write = Callable[[Iterable[Labelled], Path | str, ExportOptions, Report], None]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that can be written.

    ``ending`` is that of its files, empty for a folder; ``plain`` says whether the ending alone names the format,
    ``stream`` whether it can go to standard output. ``write`` takes the labelled comments, the output, the options and
    the report, in which every change is noted.
    """

    name: str
    ending: str
    title: str
    description: Term
    write: Write
    plain: bool = False
    stream: bool = False
