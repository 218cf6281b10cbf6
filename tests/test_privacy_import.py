"""Personal details on their way through an import, from files that people have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import DATA
from test_cli import jsonl, rsenlp

from rsenlp.analyzer import Analyzer
from rsenlp.batch import IDENTITIES_KEPT, ImportOptions, classify_sources, import_sources
from rsenlp.privacy import Pseudonymizer, is_pseudonym, read_key
from rsenlp.privacy.comments import CONTACT_COLUMN, NAME_COLUMN, PERSONAL, REQUOTED

EXPORT = """\
id;fil;auteur;prénom;E-mail;adresse_ip;poste;commentaire
1;a;Nora Petit;Nora;nora.petit@exemple.fr;192.168.1.12;Paie;@karim.benali voyez nora.petit@exemple.fr ou 06 12 34 56 78
2;a;Karim Benali;Karim;k@exemple.fr;10.0.0.7;voir k@exemple.fr;"Merci Nora, mais l'outil rame.
Karim"
3;b;Zed42;;;;;Rien à dire.
4;b;Olga Vidal;Olga;;;Achats;"@karim.benali, @zed42 : pareil.
Cordialement,
Olga Vidal"
"""


def imported(source: Path, output: Path, **options: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    import_sources([str(source)], output, ImportOptions(**options))
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    report = json.loads(output.with_name(output.name + ".report.json").read_text(encoding="utf-8"))
    return rows, report


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    path.write_text(EXPORT, encoding="utf-8")
    return path


def test_an_export_is_kept_without_personal_details(export: Path, tmp_path: Path) -> None:
    output = tmp_path / "corpus.jsonl"
    rows, _ = imported(export, output)
    nora, karim, zed, _ = (row["author"] for row in rows)
    assert [row["text"] for row in rows] == [
        f"[mention:{karim}] voyez [email] ou [phone]",
        f"Merci [mention:{nora}], mais l'outil rame.\n[signature]",
        "Rien à dire.",
        f"[mention:{karim}], [mention:{zed}] : pareil.\n[signature]",
    ]
    assert [row["poste"] for row in rows] == ["Paie", "voir [email]", "", "Achats"]
    assert all(is_pseudonym(row["prénom"]) for row in rows if row["prénom"])
    key = Pseudonymizer(read_key(tmp_path / "corpus.jsonl.key"))
    assert nora == key.author("nora petit")
    whole = output.read_text(encoding="utf-8").casefold()
    for raw in ("nora", "karim", "zed42", "olga", "exemple.fr", "192.168", "10.0.0.7", "06 12", "e-mail", "adresse_ip"):
        assert raw not in whole


def test_every_change_has_a_row(export: Path, tmp_path: Path) -> None:
    _, report = imported(export, tmp_path / "corpus.jsonl")
    rows = [(row["reason"], row["id"], row["line"], row["detail"]) for row in report["rows"]]
    assert rows == [
        (PERSONAL, "1", 2, "1 email, 1 mention, 1 phone"),
        (PERSONAL, "2", 3, "1 mention, 1 signature; column 'poste': 1 email"),
        (PERSONAL, "4", 6, "2 mention, 1 signature"),
        (NAME_COLUMN, None, None, "'prénom', 3 values"),
        (CONTACT_COLUMN, None, None, "'E-mail', 2 values"),
        (CONTACT_COLUMN, None, None, "'adresse_ip', 2 values"),
    ]
    assert report["sources"][0]["kept_as_they_came"] == ["poste"]
    assert report["repaired"] == 6
    assert report["notes"] == []


def test_identities_are_kept_when_asked_for_and_that_is_said_aloud(export: Path, tmp_path: Path) -> None:
    output = tmp_path / "corpus.jsonl"
    done = rsenlp("import", export, "-o", output, "--keep-identities")
    assert f"note: {IDENTITIES_KEPT}" in done.stderr
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert rows[0]["text"] == "@karim.benali voyez nora.petit@exemple.fr ou 06 12 34 56 78"
    assert (rows[0]["author"], rows[0]["E-mail"], rows[0]["adresse_ip"]) == (
        "Nora Petit",
        "nora.petit@exemple.fr",
        "192.168.1.12",
    )
    report = json.loads((tmp_path / "corpus.jsonl.report.json").read_text(encoding="utf-8"))
    assert report["notes"] == [IDENTITIES_KEPT]
    assert report["rows"] == []
    assert not (tmp_path / "corpus.jsonl.key").exists()


def test_importing_a_corpus_again_changes_nothing(export: Path, tmp_path: Path) -> None:
    once, _ = imported(export, tmp_path / "once.jsonl")
    twice, report = imported(tmp_path / "once.jsonl", tmp_path / "twice.jsonl")
    assert [row | {"source": ""} for row in twice] == [row | {"source": ""} for row in once]
    assert PERSONAL not in {row["reason"] for row in report["rows"]}


def test_the_same_key_gives_the_same_mentions(export: Path, tmp_path: Path) -> None:
    first, _ = imported(export, tmp_path / "first.jsonl")
    again, _ = imported(export, tmp_path / "again.jsonl", key=tmp_path / "first.jsonl.key")
    other, _ = imported(export, tmp_path / "other.jsonl")
    assert again == first
    assert other[0]["text"] != first[0]["text"]


def test_signatures_of_a_page_go_and_titles_stay(tmp_path: Path) -> None:
    rows, report = imported(DATA / "page-report-link.txt", tmp_path / "corpus.jsonl")
    assert rows[2]["text"].endswith("\n- un autre point\n[signature]")
    assert rows[3]["text"] == "C'est l'outil qui pèche, pas les gens. Bravo quand même !\n[signature]"
    assert rows[1]["text"] == "Quelqu'un a le lien ?\nMerci d'avance"
    assert [(row["reason"], row["detail"]) for row in report["rows"]] == [(PERSONAL, "1 signature")] * 2


ANNOTATED = {
    "thread_id": "t",
    "id": "1",
    "author": "Nora Petit",
    "claim": "Selon @karim.benali, tout va bien",
    "text": "@karim : oui. L'outil rame, écrivez à k@exemple.fr. Personne n'y va.",
    "stance": {"claim": "against", "rse": "none"},
    "causes": {"strategy": "absent", "tooling": "cited", "integration": "absent", "definition": "absent"},
}


def evidence(*quotes: str) -> list[dict[str, Any]]:
    starts = [ANNOTATED["text"].index(quote) for quote in quotes]
    pairs = zip(quotes, starts, strict=True)
    return [
        {"cause": "tooling", "polarity": "cited", "start": start, "end": start + len(quote), "text": quote}
        for quote, start in pairs
    ]


def test_offsets_of_annotations_move_with_the_text(tmp_path: Path) -> None:
    quotes = evidence("L'outil rame, écrivez à k@exemple.fr.", "Personne n'y va.")
    source = jsonl(tmp_path / "in.jsonl", ANNOTATED | {"evidence": quotes})
    rows, report = imported(source, tmp_path / "out.jsonl")
    text = rows[0]["text"]
    assert [item["text"] for item in rows[0]["evidence"]] == ["L'outil rame, écrivez à [email].", "Personne n'y va."]
    assert [text[item["start"] : item["end"]] for item in rows[0]["evidence"]] == [
        item["text"] for item in rows[0]["evidence"]
    ]
    assert [(row["reason"], row["detail"]) for row in report["rows"]] == [
        (PERSONAL, "1 email, 1 mention; claim: 1 mention"),
        (REQUOTED, "1 of 2 quotes"),
    ]
    assert rows[0]["claim"].startswith("Selon [mention:a")


def test_classify_alone_reads_texts_as_they_are(tmp_path: Path, model: Analyzer) -> None:
    record = {"thread_id": "t", "id": "1", "text": "Ask k@example.com, search finds nothing.\nKarim", "author": "Karim"}
    source = jsonl(tmp_path / "in.jsonl", record)
    report = classify_sources(model, [str(source)], tmp_path / "out.jsonl")
    assert report.count("repaired") == 0
    written = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    as_it_is, cleaned = model.classify([record, record | {"text": "Ask [email], search finds nothing.\n[signature]"}])
    assert written == json.loads(json.dumps(as_it_is.to_dict()))
    assert written != json.loads(json.dumps(cleaned.to_dict()))


def test_strict_refuses_damage_not_personal_details(export: Path, tmp_path: Path) -> None:
    imported(export, tmp_path / "strict.jsonl", strict=True)
    broken = tmp_path / "broken.csv"
    broken.write_text(EXPORT.replace("3;b;", "3;b;too;many;", 1), encoding="utf-8")
    done = rsenlp("import", broken, "-o", tmp_path / "no.jsonl", "--strict", code=1)
    assert "a strict import neither repairs nor skips" in done.stderr
    assert not (tmp_path / "no.jsonl").exists()


def test_nested_columns_are_cleaned_where_they_are(tmp_path: Path) -> None:
    row = {
        "thread_id": "t",
        "id": "1",
        "text": "Fine.",
        "meta": {
            "email": "k@exemple.fr",
            "notes": ["call +33 6 12 34 56 78", 3],
            "display_name": "Karim",
            "seen": None,
        },
        "group": {"name": "Paie"},
        "sender": {"name": "Karim", "id": 7},
        "origin": "10.0.0.7",
        "reply": "k@exemple.fr",
        "version": "10.4.2.1",
        "ticket_id": "0612345678",
        "score": 4,
    }
    rows, report = imported(jsonl(tmp_path / "in.jsonl", row), tmp_path / "out.jsonl")
    meta = rows[0]["meta"]
    assert is_pseudonym(meta.pop("display_name"))
    assert rows[0]["group"] == {"name": "Paie"}
    assert is_pseudonym(rows[0]["sender"]["name"])
    assert meta == {"notes": ["call [phone]", 3], "seen": None}
    assert {name: rows[0][name] for name in ("origin", "reply", "version", "ticket_id", "score")} == {
        "origin": None,
        "reply": None,
        "version": "10.4.2.1",
        "ticket_id": "0612345678",
        "score": 4,
    }
    assert [(row["reason"], row["detail"]) for row in report["rows"]] == [
        (PERSONAL, "column 'meta.notes': 1 phone"),
        (CONTACT_COLUMN, "'meta.email', 1 values"),
        (NAME_COLUMN, "'meta.display_name', 1 values"),
        (NAME_COLUMN, "'sender.name', 1 values"),
        (CONTACT_COLUMN, "'origin', 1 values"),
        (CONTACT_COLUMN, "'reply', 1 values"),
    ]


def test_authors_of_a_thread_are_known_before_its_first_comment_is_written(tmp_path: Path) -> None:
    rows = [
        {"thread_id": "t", "id": "1", "text": "Merci Nora !", "author": "Karim"},
        {"thread_id": "u", "id": "2", "text": "Merci Nora !", "author": "Karim"},
        {"thread_id": "t", "id": "3", "text": "De rien, Karim.", "author": "Nora"},
    ]
    out, _ = imported(jsonl(tmp_path / "in.jsonl", *rows), tmp_path / "out.jsonl")
    assert out[0]["text"] == f"Merci [mention:{out[2]['author']}] !"
    assert out[1]["text"] == "Merci Nora !"
    assert out[2]["text"] == f"De rien, [mention:{out[0]['author']}]."
