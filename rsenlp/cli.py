"""The command line: each command parses, calls one function, and shows what came back.

Data goes to standard output, progress and warnings to standard error. Exit codes: 0 done; 1 failed; 2 wrong usage;
3 done, but some input records were skipped (each listed with file, line and reason).
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rsenlp import __version__
from rsenlp.errors import RsenlpError, UsageError
from rsenlp.installation import arrow_alone

if TYPE_CHECKING:
    from rsenlp.results.selection import Selection, Unit

SKIPPED = 3

app = typer.Typer(
    name="rsenlp",
    help="Read discussions about enterprise social networks, in French and English: where each comment stands, which "
    "causes of failure it cites or rejects, and the sentences that prove it.",
    epilog="A first run: rsenlp demo. Then: rsenlp import page.html -o corpus.parquet; rsenlp classify corpus.parquet "
    "-o predictions.parquet",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
corpus_app = typer.Typer(help="Build and check annotated corpora.", no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")
codebook_app = typer.Typer(help="Work on codebooks.", no_args_is_help=True)
app.add_typer(codebook_app, name="codebook")

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT…",
        show_default=False,
        help="What to read, its format recognised by content: saved article pages (HTML or text), CSV, JSONL, Parquet, "
        "Excel, exports of Slack, ConvoKit corpora; folders and ZIP archives of them. '-' is standard input.",
    ),
]
Output = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        help="Where to write; the ending (.jsonl, .csv, .parquet) chooses the format. '-' is standard output (JSONL).",
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME|FOLDER",
        help="'fast' or 'accurate' (embedded), or the folder of a model. Default: fast.",
    ),
]
StudyFolder = Annotated[
    Path,
    typer.Argument(metavar="STUDY", help="A folder with comments.parquet and predictions.parquet.", show_default=False),
]
UnitOption = Annotated[
    str | None,
    typer.Option(
        "--unit",
        metavar="UNIT",
        help="What counts once: comments, authors or threads. Default: comments, or as in the manifest.",
    ),
]
ManifestOption = Annotated[
    Path | None,
    typer.Option(
        "--manifest",
        metavar="FILE",
        help="A run manifest, from the page Export of the app or 'rsenlp figures -o': of its comments alone.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of tables.")]
Column = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN", help="The column that holds it, when its name does not tell.", rich_help_panel="Columns"
    ),
]
Format = Annotated[str | None, typer.Option(help="The format, where content does not tell.")]
Claim = Annotated[str | None, typer.Option(help="What the opening document asserts, for comments without a claim.")]
Lang = Annotated[str | None, typer.Option(help="The language of all comments (fr, en); found for each when missing.")]
Encoding = Annotated[str | None, typer.Option(help="The encoding of the files; found when missing.")]


@app.callback(invoke_without_command=True)
def _top(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if version:
        typer.echo(f"rsenlp {__version__}")
        raise typer.Exit


# --- the main way ----------------------------------------------------------------------------------------------------


@app.command("import")
def import_(
    inputs: Inputs,
    output: Output,
    format: Format = None,
    text_col: Column = None,
    id_col: Column = None,
    parent_col: Column = None,
    author_col: Column = None,
    date_col: Column = None,
    thread_col: Column = None,
    lang_col: Column = None,
    claim: Claim = None,
    lang: Lang = None,
    encoding: Encoding = None,
    keep_identities: Annotated[
        bool, typer.Option(help="Keep names, addresses and numbers instead of pseudonyms and placeholders.")
    ] = False,
    key: Annotated[
        Path | None, typer.Option(help="The file with the key of the pseudonyms. Default: beside the output.")
    ] = None,
    strict: Annotated[bool, typer.Option(help="Fail instead of skipping or repairing a record.")] = False,
) -> None:
    """Turn exports of any supported kind into canonical records, with a report of what was repaired or skipped.

    Example: rsenlp import page.html export.csv -o corpus.parquet
    """
    from rsenlp.batch import import_sources

    arrow_alone()
    options = _import_options(
        format=format,
        claim=claim,
        lang=lang,
        encoding=encoding,
        keep_identities=keep_identities,
        key=key,
        strict=strict,
        text=text_col,
        id=id_col,
        parent_id=parent_col,
        author=author_col,
        created_at=date_col,
        thread_id=thread_col,
        lang_column=lang_col,
    )
    with _progress("imported") as progress:
        report = import_sources(inputs, output, options, progress=progress)
    _show_report(report, output)
    _exit_for(report)


@app.command()
def classify(
    inputs: Inputs,
    output: Output,
    model: Model = None,
    format: Format = None,
    text_col: Column = None,
    id_col: Column = None,
    parent_col: Column = None,
    thread_col: Column = None,
    claim: Claim = None,
    lang: Lang = None,
    encoding: Encoding = None,
) -> None:
    """Predict stances, causes and evidence for every comment.

    Example: rsenlp classify corpus.parquet -o predictions.parquet
    """
    from rsenlp.analyzer import load
    from rsenlp.batch import classify_sources

    arrow_alone()
    options = _import_options(
        format=format,
        claim=claim,
        lang=lang,
        encoding=encoding,
        text=text_col,
        id=id_col,
        parent_id=parent_col,
        thread_id=thread_col,
    )
    with _progress("classified") as progress:
        report = classify_sources(load(model), inputs, output, options, progress=progress)
    for row in report.rows():
        _say(str(row))
    _exit_for(report)


@app.command()
def export(
    inputs: Inputs,
    output: Annotated[
        str, typer.Option("-o", "--output", help="The file or folder to write. '-' is standard output (JSONL).")
    ],
    predictions: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The predictions of the comments. Without it, the comments' annotations."),
    ] = None,
    manifest: ManifestOption = None,
    format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="jsonl, csv, parquet, xlsx, duckdb and qdpx (REFI-QDA) are known by their endings; iramuteq, txm, "
            "convokit, argilla, label-studio and doccano are named.",
        ),
    ] = None,
    bom: Annotated[bool, typer.Option("--bom", help="CSV: open with a byte order mark, for Excel.")] = False,
    names: Annotated[
        str, typer.Option(metavar="LANGUAGE", help="The language of codes and titles that people read: fr or en.")
    ] = "en",
    keep_identities: Annotated[bool, typer.Option(help="Keep authors' names instead of pseudonyms.")] = False,
    key: Annotated[
        Path | None, typer.Option(help="The file with the key of the pseudonyms. Default: beside the output.")
    ] = None,
    encoding: Encoding = None,
) -> None:
    """Write labelled comments for another tool: tables, databases, qualitative analysis, textometry, annotation.

    INPUT is the comments, or the folder of a study. Examples: rsenlp export corpus.parquet --predictions
    predictions.parquet -o coded.qdpx; rsenlp export out/study --format iramuteq -o corpus.txt
    """
    from rsenlp.batch import ExportJob, export_sources
    from rsenlp.exports import ExportOptions

    if names not in ("fr", "en"):
        raise UsageError(f"--names is fr or en; got {names!r}")
    job = ExportJob(
        predictions,
        format,
        selection=None if manifest is None else _view(manifest, None)[0],
        options=ExportOptions(bom=bom, names="fr" if names == "fr" else "en"),
    )
    options = _import_options(encoding=encoding, keep_identities=keep_identities, key=key)
    with _progress("exported") as progress:
        report = export_sources(inputs, output, job, options, progress=progress)
    _show_report(report, output, title="Export")
    _exit_for(report)


@app.command()
def evaluate(
    gold: Annotated[
        str,
        typer.Argument(
            metavar="GOLD",
            help="An annotated file, a corpus folder, or an embedded corpus by name.",
            show_default=False,
        ),
    ],
    model: Model = None,
    split: Annotated[
        str | None,
        typer.Option(help="The split of a corpus (train, validation, test). Default: test where there is one."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the bootstrap draws.")] = 13,
    as_json: AsJson = False,
) -> None:
    """Measure a model on an annotated corpus, with 95 % bootstrap intervals over threads.

    Example: rsenlp evaluate gold-dev
    """
    from rsenlp.analyzer import load
    from rsenlp.corpora import corpus_files, read_split
    from rsenlp.study.evaluate import evaluate as measure
    from rsenlp.study.evaluate import predictions
    from rsenlp.study.metrics import to_plain

    files = corpus_files(gold)
    chosen = split or ("test" if "test" in files else next(iter(files)))
    comments = read_split(gold, chosen)
    analyzer = load(model)
    figures = measure(comments, predictions(analyzer, comments), seed=seed)
    head = {"gold": gold, "split": chosen, "model": analyzer.meta.id.to_dict()}
    if as_json:
        typer.echo(json.dumps(head | to_plain(figures), ensure_ascii=False, indent=1))
        return
    from rsenlp.shows import show_evaluation

    show_evaluation(head, figures)


@app.command()
def robustness(model: Model = None, as_json: AsJson = False) -> None:
    """Run the behavioural tests: what must not change a model's mind, what must, and what it must be able to say.

    Example: rsenlp robustness --model fast
    """
    from rsenlp.analyzer import load
    from rsenlp.study.robustness import load_suite, run_suite

    outcomes = run_suite(load(model), load_suite())
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(item) for item in outcomes], ensure_ascii=False, indent=1))
        return
    from rsenlp.shows import show_robustness

    show_robustness(outcomes)


@app.command()
def agree(
    first: Annotated[str, typer.Argument(metavar="A", help="An annotated file or corpus.", show_default=False)],
    second: Annotated[str, typer.Argument(metavar="B", help="Another annotation of the same.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Measure how far two annotations agree on the comments that both have: kappa and alpha per label and language.

    Example: rsenlp agree first.jsonl second.jsonl
    """
    from rsenlp.corpora import read_corpus
    from rsenlp.study.agreement import compare, disagreements
    from rsenlp.study.metrics import to_plain

    ours, theirs = read_corpus(first), read_corpus(second)
    figures = compare(ours, theirs)
    if as_json:
        differing = [dataclasses.asdict(item) for item in disagreements(ours, theirs)]
        typer.echo(json.dumps(to_plain(figures) | {"disagreements": differing}, ensure_ascii=False, indent=1))
        return
    from rsenlp.shows import show_agreement

    show_agreement(figures, disagreements(ours, theirs))


@app.command()
def train(
    corpora: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS…", help="Annotated files, corpus folders, or embedded corpora by name.", show_default=False
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="MODEL_DIR", help="The folder to write the model to.")
    ],
    name: Annotated[str | None, typer.Option(help="The model's name. Default: the folder's.")] = None,
    version: Annotated[str, typer.Option(help="The model's version.")] = "1.0.0",
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 13,
    gold: Annotated[
        list[str] | None,
        typer.Option(
            "--eval", metavar="GOLD", help="Annotated corpora to measure the model on, for its card; may be repeated."
        ),
    ] = None,
    parallel: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CORPUS", help="Parallel French and English sentences, to learn from besides; may be repeated."
        ),
    ] = None,
    backend: Annotated[
        str,
        typer.Option(
            help="linear (fast to train and run), encoder (slower; needs the extra 'train'), or ensemble (of members)."
        ),
    ] = "linear",
    members: Annotated[
        list[Path] | None,
        typer.Option("--member", metavar="MODEL_DIR", help="Ensemble: a model that takes part; may be repeated."),
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Encoder: the pre-trained model to start from, as transformers saves it."),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Encoder: keeps the state of training, which goes on from there."),
    ] = None,
) -> None:
    """Train a model on annotated comments.

    Examples: rsenlp train rse-synth -o models/mine --eval gold-dev
    rsenlp train rse-synth --parallel rse-parallel --backend encoder -o models/mine --eval gold-dev
    """
    from rsenlp.study.encoder.config import EncoderConfig
    from rsenlp.study.train import TrainConfig
    from rsenlp.study.workshop import make_ensemble, train_model

    if backend not in ("linear", "encoder", "ensemble"):
        raise UsageError(f"--backend is linear, encoder or ensemble; got {backend!r}")
    if backend != "encoder" and (base or work):
        raise UsageError("--base and --work go with --backend encoder")
    if (backend == "ensemble") != bool(members):
        raise UsageError("--backend ensemble goes with two --member or more")
    if members:
        meta = make_ensemble(
            members, corpora, output, name=name or output.name, version=version, gold=gold or [], say=_say
        )
        typer.echo(f"{output}: {meta.name} {meta.version} ({meta.id.hash[:12]})")
        return
    config = EncoderConfig(base=base, seed=seed) if backend == "encoder" else TrainConfig(seed=seed)
    meta = train_model(
        corpora,
        output,
        name=name or output.name,
        version=version,
        config=config,
        parallel=parallel or [],
        work=work,
        gold=gold or [],
        say=_say,
    )
    typer.echo(f"{output}: {meta.name} {meta.version} ({meta.id.hash[:12]})")


# --- about a study ---------------------------------------------------------------------------------------------------


@app.command()
def themes(
    study: StudyFolder,
    unit: UnitOption = None,
    manifest: ManifestOption = None,
    emerging: Annotated[
        bool, typer.Option("--emerging", help="Find themes that the codebook does not have, by the words of sentences.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Count the themes of every cause in a study, cited and rejected, each with a quote.

    Examples: rsenlp themes out/study; rsenlp themes out/study --emerging
    """
    from rsenlp.results.store import Study
    from rsenlp.results.themes import theme_counts
    from rsenlp.shows import emerging_facts, show_emerging, show_themes

    selection, counted = _view(manifest, unit)
    with Study.open(study).connect() as connection:
        if emerging:
            facts = emerging_facts(connection, counted, selection)
            _show(facts, as_json, lambda: show_emerging(facts, counted))
            return
        found = theme_counts(connection, selection, counted)
        _show(
            [dataclasses.asdict(item) for item in found],
            as_json,
            lambda: show_themes(connection, found, counted, selection),
        )


def _show(facts: Any, as_json: bool, show: Callable[[], None]) -> None:
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=1))
    else:
        show()


@app.command()
def prevalence(
    study: StudyFolder, unit: UnitOption = None, manifest: ManifestOption = None, as_json: AsJson = False
) -> None:
    """Estimate how common every label is, corrected for the classifier's errors, with intervals.

    Example: rsenlp prevalence out/study
    """
    from rsenlp.results.prevalence import prevalence as shares_of
    from rsenlp.results.store import Study
    from rsenlp.shows import show_prevalence

    selection, counted = _view(manifest, unit)
    opened = Study.open(study)
    with opened.connect() as connection:
        found = shares_of(connection, opened.priors(), selection, counted)
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(item) for item in found], ensure_ascii=False, indent=1))
    else:
        show_prevalence(found, counted, corrected=bool(opened.priors()))


@app.command()
def report(
    study: StudyFolder,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.html", help="The page to write.")],
    language: Annotated[str, typer.Option("--language", help="Of the report's own words: fr or en.")] = "fr",
    unit: UnitOption = None,
    manifest: ManifestOption = None,
) -> None:
    """Write the findings of a study as one HTML page, with their uncertainty and their quotes.

    Example: rsenlp report out/study -o report.html --language en
    """
    from rsenlp.codebook import LANGUAGES
    from rsenlp.record_files import PendingFile
    from rsenlp.results.report import report_html
    from rsenlp.results.store import Study

    if language not in LANGUAGES:
        raise UsageError(f"--language is one of {', '.join(LANGUAGES)}; got {language!r}")
    selection, counted = _view(manifest, unit)
    page = report_html(Study.open(study), language=language, selection=selection, unit=counted)
    file = PendingFile(output)
    file.temporary.write_text(page, encoding="utf-8")
    file.commit()


@app.command()
def figures(
    study: StudyFolder,
    manifest: ManifestOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE.json", help="Write a run manifest, with which the figures come out again."
        ),
    ] = None,
    unit: UnitOption = None,
    as_json: AsJson = False,
) -> None:
    """Print the figures of a study, and write them as a run manifest with which they come out again.

    Example: rsenlp figures out/study -o run.json
    """
    from rsenlp.record_files import PendingFile
    from rsenlp.results.manifest import run_manifest
    from rsenlp.results.store import Study
    from rsenlp.shows import show_figures

    selection, counted = _view(manifest, unit)
    made = run_manifest(Study.open(study), selection, counted)
    if as_json:
        typer.echo(json.dumps(made["figures"], ensure_ascii=False, indent=1))
    else:
        show_figures(made["figures"], counted)
    if output is not None:
        file = PendingFile(output)
        file.temporary.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        file.commit()


@app.command()
def reproduce(
    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST",
            help="A run manifest, from the page Export of the app or 'rsenlp figures -o'.",
            show_default=False,
        ),
    ],
    study: Annotated[
        Path | None,
        typer.Option("--study", metavar="STUDY", help="The study to ask again. Default: the manifest's folder."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a study anew for every figure of a manifest, and say which differ: exit code 1 where one does.

    Example: rsenlp reproduce run.json --study out/study
    """
    from rsenlp.results.manifest import check, read_manifest
    from rsenlp.results.store import Study
    from rsenlp.shows import show_verdicts

    said = read_manifest(manifest)
    verdicts = check(said, Study.open(study or manifest.parent))
    if as_json:
        facts = [{**dataclasses.asdict(item), "same": item.same} for item in verdicts]
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=1))
    else:
        show_verdicts(verdicts)
    if not all(item.same for item in verdicts if item.what.startswith("figures ")):
        raise typer.Exit(1)


def _view(manifest: Path | None, unit: str | None) -> tuple[Selection, Unit]:
    """The comments and the unit of a manifest, all comments without one; a unit that is named goes before."""
    from rsenlp.results.manifest import read_manifest
    from rsenlp.results.selection import Selection

    if manifest is None:
        return Selection(), _unit(unit or "comments")
    said = read_manifest(manifest)
    return said.selection, said.unit if unit is None else _unit(unit)


def _unit(name: str) -> Unit:
    from rsenlp.results.selection import UNIT_COLUMNS

    for known in UNIT_COLUMNS:
        if name == known:
            return known
    raise UsageError(f"--unit is one of {', '.join(UNIT_COLUMNS)}; got {name!r}")


Studies = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER",
        help="A study (a folder with comments.parquet and predictions.parquet), or a folder of studies, which may "
        "be empty: the app makes them from exports.",
        show_default=False,
    ),
]
Port = Annotated[int, typer.Option(help="The port to serve on; 0 takes a free one.")]


@app.command("app")
def app_(study: Studies, port: Port = 8501) -> None:
    """Open the analyst's app on a study or a folder of studies, served on this machine alone.

    Example: rsenlp app out/study
    """
    _serve(study, port)


@app.command()
def annotate(study: Studies, port: Port = 8501) -> None:
    """Open the app where labels and evidence are checked and corrected, into an annotation file with who and when.

    Example: rsenlp annotate out/study
    """
    _serve(study, port, page="correct")


def _serve(studies: Path, port: int, page: str = "") -> None:
    from rsenlp.results.library import check
    from rsenlp.serve import serve_app

    check(studies)
    raise typer.Exit(serve_app(studies, port=port, say=_say, page=page))


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where to put the demo's files.")] = Path("out/demo"),
    serve: Annotated[bool, typer.Option(help="Serve the app after the summary.")] = True,
    port: Port = 8501,
    model: Model = None,
) -> None:
    """Import and classify the sample discussions, print a summary, and serve the app."""
    from rsenlp.analyzer import load
    from rsenlp.batch import classify_sources, import_sources
    from rsenlp.corpora import sample_pages
    from rsenlp.results.store import COMMENTS, PREDICTIONS, Study
    from rsenlp.serve import serve_app
    from rsenlp.shows import show_study

    folder.mkdir(parents=True, exist_ok=True)
    with _progress("imported") as progress:
        report = import_sources([str(page) for page in sample_pages()], folder / COMMENTS, progress=progress)
    _show_report(report, str(folder / COMMENTS))
    with _progress("classified") as progress:
        classify_sources(load(model), [str(folder / COMMENTS)], folder / PREDICTIONS, progress=progress)
    show_study(Study.open(folder))
    if serve:
        raise typer.Exit(serve_app(folder, port=port, say=_say))


# --- about the installation ------------------------------------------------------------------------------------------


@app.command()
def models(as_json: AsJson = False) -> None:
    """List the embedded models: what they are, what they were trained on, and their scores."""
    from rsenlp.artifact import read_meta
    from rsenlp.classifiers import DEFAULT, EMBEDDED
    from rsenlp.installation import models_folder

    found = {name: (models_folder() / folder, read_meta(models_folder() / folder)) for name, folder in EMBEDDED.items()}
    if as_json:
        rows = [
            {
                "option": name,
                "default": name == DEFAULT,
                "folder": str(folder),
                **meta.id.to_dict(),
                "scores": meta.scores,
            }
            for name, (folder, meta) in found.items()
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    from rsenlp.shows import show_models

    show_models(found, default=DEFAULT)


@app.command()
def doctor() -> None:
    """Check the installation: Python, libraries, models, corpora, and what the app needs."""
    from rsenlp.doctor import examine
    from rsenlp.shows import show_checks

    checks = examine()
    show_checks(checks)
    if any(check.needed and not check.passed for check in checks):
        raise typer.Exit(1)


@corpus_app.command("build")
def corpus_build(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A corpus folder with threads/*.txt in markup.", show_default=False)
    ],
) -> None:
    """Write data/train.jsonl, validation.jsonl and test.jsonl from a corpus's markup files."""
    from rsenlp.study.corpus import build_corpus

    for split, count in build_corpus(folder).items():
        typer.echo(f"{split}: {count} comments")


@corpus_app.command("check")
def corpus_check(
    corpus: Annotated[
        str, typer.Argument(metavar="CORPUS", help="An embedded corpus by name, or a folder.")
    ] = "rse-synth",
    independent_of: Annotated[
        list[Path] | None,
        typer.Option(
            help="Evaluation texts of which the corpus may share no long run. Default: the embedded gold set."
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option(help="Print only what fails, and one line.")] = False,
) -> None:
    """Check a corpus against its requirements: schema, duplicates, independence, counts, signs of template writing."""
    from rsenlp.installation import corpora_folder
    from rsenlp.shows import show_corpus_check
    from rsenlp.study.corpus_check import check_corpus

    folder = corpora_folder() / corpus if (corpora_folder() / corpus).is_dir() else Path(corpus)
    findings = check_corpus(folder, independent_of=independent_of or [corpora_folder() / "gold-dev" / "data"])
    show_corpus_check(folder, findings, quiet=quiet)
    if not all(finding.passed for finding in findings):
        raise typer.Exit(1)


# --- shared ----------------------------------------------------------------------------------------------------------


@codebook_app.command("check")
def codebook_check(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A codebook. Default: the package's.", show_default=False)
    ] = None,
) -> None:
    """Check that a codebook is whole: every target, cause and theme with its texts in both languages.

    Example: rsenlp codebook check my-codebook.toml
    """
    from rsenlp.codebook import codebook, read_codebook

    book = codebook() if file is None else read_codebook(file)
    name = file or "the package's codebook"
    typer.echo(
        f"{name}: version {book.version}, {len(book.targets)} targets, {len(book.causes)} causes, "
        f"{len(book.themes)} themes, all in French and English"
    )


def _import_options(
    *,
    format: str | None = None,
    claim: str | None = None,
    lang: str | None = None,
    encoding: str | None = None,
    keep_identities: bool = False,
    key: Path | None = None,
    strict: bool = False,
    lang_column: str | None = None,
    **columns: str | None,
) -> Any:
    from rsenlp.batch import ImportOptions
    from rsenlp.readers import ReadOptions

    if lang is not None and lang not in ("fr", "en"):
        raise UsageError(f"--lang is fr or en; got {lang!r}")
    said = {field: column for field, column in (columns | {"lang": lang_column}).items() if column is not None}
    read = ReadOptions(columns=said, encoding=encoding, claim=claim, lang=lang)
    return ImportOptions(read=read, format=format, keep_identities=keep_identities, key=key, strict=strict)


def _show_report(report: Any, output: str, *, title: str = "Import") -> None:
    from rsenlp.shows import show_report

    show_report(report, output, title=title)


def _exit_for(report: Any) -> None:
    if report.count("skipped"):
        raise typer.Exit(SKIPPED)


def _say(message: str) -> None:
    typer.echo(message, err=True)


@contextlib.contextmanager
def _progress(verb: str) -> Iterator[Callable[[int], None]]:
    """A line on standard error that counts up, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status(verb) as status:

        def progress(number: int) -> None:
            if number % 100 == 0:
                status.update(f"{number:,} comments {verb}")

        yield progress


def main() -> None:
    """Run the command line; every foreseen error is one line on standard error."""
    try:
        app()
    except UsageError as error:
        _fail(str(error), 2)
    except RsenlpError as error:
        _fail(str(error), 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        _fail("stopped", 130)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}", 1)


def _fail(message: str, code: int) -> None:
    typer.echo(f"rsenlp: {message}", err=True)
    sys.exit(code)
