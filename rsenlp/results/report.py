"""One self-contained HTML page with the findings of a study, their uncertainty and their quotes, to hand on.

It connects to nothing, runs no script, and reads in French or English. A comment is data: all of it is escaped.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from rsenlp import __version__
from rsenlp.codebook import STANCES, Language, codebook
from rsenlp.installation import library_version
from rsenlp.results.counts import EVERYTHING, label_totals, overview, size
from rsenlp.results.manifest import LIBRARIES, NAME, commands
from rsenlp.results.prevalence import Share, prevalence
from rsenlp.results.selection import UNDECIDED, Selection, Unit
from rsenlp.results.themes import quotes, theme_counts
from rsenlp.results.words import day, described, percent
from rsenlp.results.words import text as _text

if TYPE_CHECKING:
    import duckdb

    from rsenlp.results.store import Study

LEAST = 30
QUOTES = 3
_STYLE = """
:root { color-scheme: light dark; --line: rgba(128,128,128,.4); --bar: #0072B2; --bar-rejected: #E69F00; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; } h2 { margin-top: 2.5rem; } h3 { margin-bottom: .3rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { display: inline-block; height: .7rem; background: var(--bar); min-width: 1px; border-radius: 2px; }
.rejected .bar { background: repeating-linear-gradient(45deg, var(--bar-rejected) 0 4px, transparent 4px 7px); }
blockquote { margin: .4rem 0; padding-left: .8rem; border-left: 3px solid var(--line); overflow-wrap: anywhere; }
.note, footer { opacity: .8; font-size: .9rem; }
.warning { border: 1px solid; padding: .4rem .8rem; border-radius: .4rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
.scroll { overflow-x: auto; }
"""


def report_html(
    study: Study, *, language: Language = "fr", selection: Selection = EVERYTHING, unit: Unit = "comments"
) -> str:
    """The report of a study as an HTML page.

    Args:
        study: an opened study.
        language: of the report's own words; quotes stay in theirs.
        selection: which comments it is about.
        unit: what is counted.
    """
    with study.connect() as connection:
        body = "\n".join(_sections(study, connection, language, selection, unit))
    title = escape(_text("title", language))
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _sections(
    study: Study, connection: duckdb.DuckDBPyConnection, language: Language, selection: Selection, unit: Unit
) -> Iterator[str]:
    yield f"<h1>{escape(_text('title', language))}</h1>"
    today = day(datetime.now(UTC).date(), language)
    yield f'<p class="note">{escape(_text("made", language, date=today, version=__version__))}</p>'
    yield from _size(study, connection, language, selection, unit)
    yield from _labels(study, connection, language, selection, unit)
    yield from _themes(connection, language, selection, unit)
    yield from _made_of(study, language, selection, unit)


def _size(
    study: Study, connection: duckdb.DuckDBPyConnection, language: Language, selection: Selection, unit: Unit
) -> Iterator[str]:
    if chosen := described(selection, language):
        about = f"{_text('selection', language)}{_text('colon', language)}{' · '.join(chosen)}"
        yield f"<p><strong>{escape(about)}</strong></p>"
    facts = overview(connection, selection)
    spoken = ", ".join(
        f"{_text(code, language)} ({number})" for code, number in facts.languages.items() if code != "other"
    )
    said = {"comments": facts.comments, "threads": facts.threads, "authors": facts.authors, "languages": spoken or "–"}
    yield f"<p>{escape(_text('size', language, **said))}</p>"
    if facts.unread:
        yield f"<p>{escape(_text('unread', language, number=facts.unread))}</p>"
    imported = study.import_report()
    if imported is not None and (imported["skipped"] or imported["repaired"]):
        facts_of_import = {key: imported[key] for key in ("skipped", "repaired")}
        yield f"<p>{escape(_text('left_out', language, **facts_of_import))}</p>"
    yield f'<p class="note">{escape(_text("unit", language, unit=_text(unit, language)))}</p>'
    if size(connection, selection, unit) < LEAST:
        yield f'<p class="warning">{escape(_text("small", language, least=LEAST))}</p>'


def _labels(
    study: Study, connection: duckdb.DuckDBPyConnection, language: Language, selection: Selection, unit: Unit
) -> Iterator[str]:
    book = codebook()
    counted = label_totals(connection, selection, unit)
    shares = {(item.column, item.label): item for item in prevalence(connection, study.priors(), selection, unit)}
    yield f"<h2>{escape(_text('stances', language))}</h2>"
    yield f'<p class="note">{escape(_text("how" if study.priors() else "no_correction", language))}</p>'
    for target in book.targets.values():
        names: dict[str, str] = {label: book.stances[label][language] for label in STANCES}
        yield _table(target.name[language], f"stance_{target.id}", names, counted, shares, language)
    yield f"<h2>{escape(_text('causes', language))}</h2>"
    for cause in book.causes.values():
        names = {code: book.statuses[code][language] for code in ("cited", "rejected")}
        yield _table(cause.name[language], f"cause_{cause.id}", names, counted, shares, language)


def _between(share: Share, language: Language) -> str:
    if share.low is None or share.high is None:
        return escape(_text("few_threads", language))
    return f"{percent(share.low, language)} – {percent(share.high, language)}"


def _table(
    title: str, column: str, names: dict[str, str], counted: dict[tuple[str, str], int], shares: Any, language: Language
) -> str:
    heads = ("label", "counted", "share", "interval")
    rows = []
    for label, name in {**names, UNDECIDED: _text("undecided", language)}.items():
        share = shares.get((column, label))
        known = share is not None and share.corrected is not None
        between = _between(share, language) if known else ""
        bar = f'<span class="bar" style="width:{share.corrected * 12:.2f}rem"></span> ' if known else ""
        cells = (
            f"<td>{escape(name)}</td>",
            f'<td class="number">{counted.get((column, label), 0)}</td>',
            f"<td>{bar}{percent(share.corrected, language) if known else ''}</td>",
            f'<td class="number">{between}</td>',
        )
        rows.append(f'<tr class="{label}">{"".join(cells)}</tr>')
    head = "".join(f'<th scope="col">{escape(_text(key, language))}</th>' for key in heads)
    return (
        f'<h3>{escape(title)}</h3><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _themes(
    connection: duckdb.DuckDBPyConnection, language: Language, selection: Selection, unit: Unit
) -> Iterator[str]:
    book = codebook()
    colon = _text("colon", language)
    yield f"<h2>{escape(_text('themes', language))}</h2>"
    for item in theme_counts(connection, selection, unit):
        cause = book.causes[item.cause].name[language]
        theme = book.themes[f"{item.cause}/{item.theme}"].name[language] if item.theme else _text("no_theme", language)
        status = book.statuses[item.polarity][language]  # type: ignore[index]
        found = quotes(connection, item.cause, item.polarity, theme=item.theme, selection=selection, limit=QUOTES)
        said = "".join(
            f'<blockquote lang="{quote.language}">{escape(quote.text)} <span class="note">({escape(quote.id)})</span>'
            "</blockquote>"
            for quote in found
        )
        facts = f"{item.units} {_text(unit, language)}, {item.sentences} {_text('sentences', language).lower()}"
        yield f"<h3>{escape(f'{cause}{colon}{theme} — {status}')}</h3><p class='note'>{escape(facts)}</p>{said}"


def _made_of(study: Study, language: Language, selection: Selection, unit: Unit) -> Iterator[str]:
    """What is needed so that the same figures come out again; the manifest has all of it for programs."""
    libraries = {name: library_version(name) for name in LIBRARIES}
    facts = {
        "selection": " · ".join(described(selection, language)) or _text("everything", language),
        "counts": _text(unit, language),
        "corpus": "; ".join(f"{name}, SHA-256 {digest}" for name, digest in study.hashes().items()),
    }
    manifest = study.manifest()
    if manifest is not None:
        model = manifest["model"]
        facts["model"] = f"{model['name']} {model['version']}, SHA-256 {model['hash']}"
        facts["thresholds"] = json.dumps(model.get("thresholds", {}))
        facts["inputs"] = "; ".join(
            f"{PurePath(item['path']).name}, SHA-256 {item['sha256']}" for item in manifest["inputs"]
        )
    versions = {"rsenlp": __version__, "Python": platform.python_version(), **libraries}
    facts["made_with"] = ", ".join(f"{name} {version}" for name, version in versions.items())
    rows = "".join(f"<dt>{escape(_text(key, language))}</dt><dd>{escape(said)}</dd>" for key, said in facts.items())
    yield f"<h2>{escape(_text('made_of', language))}</h2><dl>{rows}</dl>"
    yield f"<h3>{escape(_text('again', language))}</h3><p>{escape(_text('again_how', language, manifest=NAME))}</p>"
    yield f"<pre>{escape(chr(10).join(commands(manifest)))}</pre>"
