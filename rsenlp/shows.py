"""What commands print for people: tables on the terminal. Data for programs is JSON and never passes here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rsenlp.audit import Report
from rsenlp.codebook import STANCES, codebook

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from rsenlp.artifact import ModelMeta
    from rsenlp.doctor import Check
    from rsenlp.results.manifest import Verdict
    from rsenlp.results.prevalence import Share
    from rsenlp.results.selection import Selection, Unit
    from rsenlp.results.store import Study
    from rsenlp.results.themes import ThemeCount
    from rsenlp.study.agreement import Disagreement
    from rsenlp.study.corpus_check import Finding
    from rsenlp.study.robustness import Outcome

_WIDTH = 110


def _console(*, err: bool = False) -> Console:
    """A console that keeps tables readable where the output is no terminal."""
    console = Console(stderr=err, highlight=False)
    return console if console.is_terminal else Console(stderr=err, highlight=False, width=_WIDTH)


def show_report(report: Report, output: str, *, title: str = "Import") -> None:
    """What an import, or an export, did: on standard error, every skipped record listed."""
    console = _console(err=True)
    table = Table("source", "format", "details", title=title, title_justify="left")
    for source in report.sources:
        details = {key: value for key, value in source.items() if key not in ("path", "format") and value is not None}
        table.add_row(Text(source["path"]), source["format"], Text(_details(details)))
    console.print(table)
    console.print(
        f"{report.read} records read, {report.kept} comments kept, "
        f"{report.count('repaired')} repairs, {report.count('skipped')} skipped"
    )
    for note in report.notes:
        console.print(Text(f"  note: {note}"), soft_wrap=True)
    for (action, reason), number in sorted(report.reasons.items()):
        console.print(Text(f"  {action}: {reason} ({number})"))
    for row in report.rows():
        if row.action == "skipped":
            console.print(Text(f"  {row}"), soft_wrap=True)
    if output != "-":
        console.print(Text(f"written to {output}, report in {output}.report.json"), soft_wrap=True)


def _details(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {'|'.join(value) if isinstance(value, list) else value!r}" for key, value in facts.items())


def show_evaluation(head: Mapping[str, Any], figures: Mapping[str, Any]) -> None:
    """Figures per task and language, then per label."""
    console = _console()
    model = head["model"]
    console.print(
        f"{head['gold']} ({head['split']}): {figures['comments']} comments in {figures['threads']} threads, "
        f"model {model['name']} {model['version']} ({model['hash'][:12]})\n"
        "95 % bootstrap intervals over threads; evidence: F1 of pieces whose intersection is at least half their union"
    )
    languages = figures["languages"]
    table = Table("task", "figure", *languages, title="Tasks", title_justify="left")
    for section, prefix in (("stance", "stance: "), ("causes", "cause: ")):
        for task in languages["all"][section]:
            for key in ("macro_f1", "calibration_error", "accuracy_on_surest_70", "decided", "accuracy_of_decided"):
                cells = [str(part[section][task][key]) for part in languages.values()]
                table.add_row(prefix + task if key == "macro_f1" else "", key.replace("_", " "), *cells)
            table.add_section()
    for key, title in (
        ("cited", "causes cited, mean"),
        ("rejected", "causes rejected, pooled"),
        ("evidence", "evidence"),
    ):
        table.add_row(title, "F1", *[str(part[key]) for part in languages.values()])
    console.print(table)
    for language, part in languages.items():
        table = Table(
            "task", "label", "gold", "precision", "recall", "F1", title=f"Labels: {language}", title_justify="left"
        )
        for section in ("stance", "causes"):
            for task, item in part[section].items():
                for label, values in item["labels"].items():
                    cells = [str(values[key]) for key in ("precision", "recall", "f1")]
                    table.add_row(task, label, str(values["gold"]), *cells)
                table.add_section()
        console.print(table)


def show_study(study: Study) -> None:
    """The readable summary of a study: how much, who stands where, which causes, and a quote for each."""
    from rsenlp.results.counts import label_counts, overview
    from rsenlp.results.selection import UNDECIDED
    from rsenlp.results.themes import quotes

    console = _console()
    book = codebook()
    with study.connect() as connection:
        facts = overview(connection)
        counts = label_counts(connection)
        languages = [language for language in facts.languages if language != "other"]
        spoken = ", ".join(f"{number} {language}" for language, number in facts.languages.items())
        console.print(f"\n{facts.comments} comments in {facts.threads} threads ({spoken})")
        number = {(item.name, item.label, item.language): item.units for item in counts}

        def cells(column: str, label: str) -> list[str]:
            each = [number.get((column, label, language), 0) for language in languages]
            return [str(sum(each)), *map(str, each)]

        table = Table("stance towards", "label", "all", *languages, title="Stances", title_justify="left")
        for target in book.targets.values():
            for label in (*STANCES, UNDECIDED):
                title = target.name.en if label == STANCES[0] else ""
                table.add_row(title, label, *cells(f"stance_{target.id}", label))
            table.add_section()
        console.print(table)
        table = Table("cause", "status", "all", *languages, "a quote", title="Causes of failure", title_justify="left")
        for cause in book.causes.values():
            for status in ("cited", "rejected", UNDECIDED):
                found = quotes(connection, cause.id, status, limit=1) if status != UNDECIDED else []
                quote = Text(f"[{found[0].language}] {found[0].text}" if found else "", overflow="fold")
                title = cause.name.en if status == "cited" else ""
                table.add_row(title, status, *cells(f"cause_{cause.id}", status), quote)
            table.add_section()
        console.print(table)


def show_figures(figures: Mapping[str, Any], unit: str) -> None:
    """How much there is, and each label as counted and as corrected."""
    console = _console()
    spoken = ", ".join(f"{number} {language}" for language, number in figures["languages"].items())
    console.print(
        f"{figures['comments']} comments in {figures['threads']} threads ({spoken}), {figures['authors']} known authors"
    )
    title = f"Labels of {figures['counted']} {unit}; corrected shares with 95 % intervals"
    table = Table("", "label", unit, "share", "interval", title=title, title_justify="left")
    for column, counts in figures["labels"].items():
        for label, number in counts.items():
            share = figures["shares"][column].get(label, {})
            known = share.get("corrected") is not None
            cells = [f"{share['corrected']:.0%}", _interval(share["low"], share["high"])] if known else ["", ""]
            name = column.replace("_", ": ", 1) if label == next(iter(counts)) else ""
            table.add_row(name, label, str(number), *cells)
        table.add_section()
    console.print(table)


def _interval(low: float | None, high: float | None) -> str:
    return "too few threads" if low is None or high is None else f"{low:.0%} to {high:.0%}"


def show_verdicts(verdicts: Sequence[Verdict]) -> None:
    """What a manifest says and what was found; figures that are the same are counted alone."""
    console = _console()
    same = [item for item in verdicts if item.same and item.what.startswith("figures ")]
    table = Table("", "in the manifest", "in the study", "", title="Looked up again", title_justify="left")
    for item in verdicts:
        if item not in same:
            verdict = "same" if item.same else "DIFFERS"
            table.add_row(item.what, *(Text(_brief(value)) for value in (item.said, item.found)), verdict)
    table.add_row("figures", str(len(same)), str(len(same)), "same")
    console.print(table)


def _brief(value: Any) -> str:
    said = "–" if value is None else str(value)
    return said if len(said) <= 24 else f"{said[:20]}…"


def show_themes(
    connection: DuckDBPyConnection, found: Sequence[ThemeCount], unit: str, selection: Selection | None = None
) -> None:
    """The themes of each cause with their counts and the likeliest quote of each."""
    from rsenlp.results.counts import EVERYTHING
    from rsenlp.results.themes import quotes

    book = codebook()
    table = Table("cause", "theme", "status", unit, "sentences", "a quote", title="Themes", title_justify="left")
    for item in found:
        name = book.themes[f"{item.cause}/{item.theme}"].name.en if item.theme else "no theme"
        of = selection or EVERYTHING
        quote = quotes(connection, item.cause, item.polarity, theme=item.theme, selection=of, limit=1)
        said = Text(f"[{quote[0].language}] {quote[0].text}" if quote else "", overflow="fold")
        table.add_row(item.cause, name, item.polarity, str(item.units), str(item.sentences), said)
    _console().print(table)


def emerging_facts(connection: DuckDBPyConnection, unit: Unit, selection: Selection) -> list[dict[str, Any]]:
    """The emerging themes of each language, with their units and their three most typical sentences."""
    from rsenlp.results.emerging import emerging, emerging_quotes, emerging_units

    return [
        {
            "language": found.language,
            "evidence": found.evidence,
            "sentences": found.sentences,
            "different": found.different,
            "grouped": found.grouped,
            "themes": [
                {
                    "terms": list(theme.terms),
                    "units": emerging_units(connection, theme, selection, unit),
                    "sentences": theme.sentences,
                    "coverage": round(theme.coverage, 4),
                    "stability": round(theme.stability, 4),
                    "stable": theme.stable,
                    "quotes": [quote.text for quote in emerging_quotes(connection, theme, selection)],
                }
                for theme in found.themes
            ],
        }
        for found in emerging(connection, selection)
    ]


def show_emerging(facts: Sequence[Mapping[str, Any]], unit: str) -> None:
    """The emerging themes of each language, the unstable ones said to be so."""
    from rsenlp.results.grouping import LEAST

    console = _console()
    if not facts:
        console.print("No sentence carries a decided cause: there is nothing to find themes in.")
    for item in facts:
        head = f"{item['language']}: {item['different']} different sentences outside the codebook"
        if item["different"] < LEAST:
            console.print(f"{head}: too few to group, {LEAST} are needed")
            continue
        if not item["themes"]:
            console.print(f"{head}: they share too few words to group")
            continue
        title = f"{head} ({item['sentences']} of {item['evidence']} that carry a cause)"
        table = Table("theme", unit, "sentences", "coverage", "stability", "a quote", title=title, title_justify="left")
        for theme in item["themes"]:
            stability = f"{theme['stability']:.2f}" + ("" if theme["stable"] else " unstable")
            table.add_row(
                Text(" · ".join(theme["terms"])), str(theme["units"]), str(theme["sentences"]),
                f"{theme['coverage']:.0%}", stability, Text(theme["quotes"][0], overflow="fold"),
                style=None if theme["stable"] else "dim",
            )  # fmt: skip
        console.print(table)


def show_prevalence(found: Sequence[Share], unit: str, *, corrected: bool) -> None:
    """The share of every label, as counted and as corrected."""
    title = f"Shares of {unit}, 95 % bootstrap intervals over threads"
    if not corrected:
        title += "\nNo manifest beside the predictions: mean probabilities instead of corrected shares"
    table = Table("", "label", "counted", "corrected", "interval", title=title, title_justify="left")
    last = ""
    for item in found:
        name = item.column.replace("_", ": ", 1) if item.column != last else ""
        last = item.column
        if item.counted is None or item.corrected is None:
            table.add_row(name, item.label, "–", "–", "–")
        else:
            interval = _interval(item.low, item.high)
            table.add_row(name, item.label, f"{item.counted:.0%}", f"{item.corrected:.0%}", interval)
    _console().print(table)


def show_models(found: Mapping[str, tuple[Path, ModelMeta]], *, default: str) -> None:
    """The embedded models with their headline scores."""
    table = Table(
        "--model", "name", "backend", "languages", "trained on", "scores", title="Embedded models", title_justify="left"
    )
    for option, (_, meta) in found.items():
        trained = "\n".join(f"{name} ({facts['train']} comments)" for name, facts in meta.corpus.items())
        scores = "\n".join(
            f"{gold}: " + ", ".join(f"{key} {value['value']:.2f}" for key, value in values.items() if value["value"])
            for gold, values in meta.scores.items()
        )
        title = f"{option} (default)" if option == default else option
        table.add_row(
            title,
            f"{meta.name} {meta.version}\n{meta.id.hash[:12]}",
            meta.backend,
            ", ".join(meta.languages),
            trained,
            scores,
        )
    _console().print(table)


def show_checks(checks: Sequence[Check]) -> None:
    """What the doctor found."""
    table = Table("", "check", "found", title="rsenlp doctor", title_justify="left")
    for check in checks:
        mark = "ok" if check.passed else ("MISSING" if check.needed else "not there")
        table.add_row(mark, check.name, Text(check.found))
    _console().print(table)


def show_agreement(figures: Mapping[str, Any], differing: Sequence[Disagreement]) -> None:
    """Agreement per label and language, and each disagreement."""
    console = _console()
    languages = figures["languages"]
    alone = f"{figures['only_first']} only in the first, {figures['only_second']} only in the second"
    title = f"{figures['comments']} comments annotated twice ({alone})"
    table = Table("label", "figure", *languages, title=title, title_justify="left")
    for label, measures in languages["all"].items():
        for number, key in enumerate(measures):
            cells = [str(part[label][key]) for part in languages.values()]
            table.add_row(label if number == 0 else "", key, *cells)
        table.add_section()
    console.print(table)
    for item in differing:
        console.print(Text(f"{item.id}: {item.label}: {item.first} / {item.second}"), soft_wrap=True)


def show_robustness(outcomes: Sequence[Outcome]) -> None:
    """How often a model fails in each behavioural test, and some of the texts it fails on."""
    console = _console()
    table = Table("kind", "test", "language", "cases", "failed", title="Behavioural tests", title_justify="left")
    for item in outcomes:
        table.add_row(item.kind, Text(item.name), item.lang, str(item.cases), f"{item.failure_rate:.0%}")
    console.print(table)
    for item in outcomes:
        for text, said in item.examples:
            console.print(Text(f"{item.name} ({item.lang}): {said}: {text}"), soft_wrap=True)


def show_corpus_check(folder: Path, findings: Sequence[Finding], *, quiet: bool) -> None:
    """What was counted in a corpus, and where it fails."""
    console = _console()
    failed = [finding for finding in findings if not finding.passed]
    table = Table("", "section", "counted", "found", "required", title=f"Corpus {folder.name}", title_justify="left")
    for finding in failed if quiet else findings:
        row = (finding.section, finding.name, Text(finding.found), Text(finding.required))
        table.add_row("ok" if finding.passed else "FAILS", *row)
    if table.rows:
        console.print(table)
    for finding in failed:
        for example in finding.examples:
            console.print(Text(f"{finding.name}: {example}"), soft_wrap=True)
    if not quiet:
        _show_writing(console, folder)
    console.print(f"{folder.name}: {len(findings) - len(failed)} of {len(findings)} checks passed")


def _show_writing(console: Console, folder: Path) -> None:
    from rsenlp.study.corpus import build_records
    from rsenlp.study.corpus_check import batch_table, repeated_runs

    comments = list(build_records(folder))
    columns = ("batch", "comments", "words", "vocabulary of half", "of all", "distinct 2-grams", "distinct 3-grams")
    table = Table(*columns, title="Batches", title_justify="left")
    for batch in batch_table(comments):
        numbers = (batch.comments, batch.words, batch.vocabulary_half, batch.vocabulary)
        table.add_row(batch.name, *map(str, numbers), f"{batch.distinct_2:.0%}", f"{batch.distinct_3:.0%}")
    console.print(table)
    top = ", ".join(f"{run} ({number})" for run, number in repeated_runs(comments))
    console.print(Text(f"Most repeated five-word runs: {top}"))
