from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsenlp.discussion import Evidence, check_evidence
from rsenlp.errors import InputError
from rsenlp.privacy import Naming, Pseudonymizer, clean_text, people, read_key, write_key
from rsenlp.privacy.columns import is_contact, personal_column
from rsenlp.privacy.identifiers import PLACEHOLDER, signs
from rsenlp.privacy.profiles import is_profile

KEY = Pseudonymizer(b"k" * 32)
AUTHORS = ("Arnaud", "Zoé Martin", "momo75", "u/petit_suisse", "Paul Durand", "Paul Petit", "jlacombe@exemple.fr")


@pytest.fixture(scope="module")
def naming() -> Iterator[Naming]:
    """The names of a thread with some authors; Wanda Wells writes in another."""
    with people() as known:
        for author in AUTHORS:
            known.note("t", author)
        known.note("u", "Wanda Wells")
        yield Naming("t", known, KEY.author)


def named(author: str) -> str:
    return f"[mention:{KEY.author(author)}]"


# --- pseudonyms ------------------------------------------------------------------------------------------------------


def test_a_person_keeps_one_pseudonym_and_another_key_gives_another() -> None:
    other = Pseudonymizer(b"l" * 32)
    assert KEY.author("Zoé  Martin ") == KEY.author("zoé martin")
    assert KEY.author("Zoé") != KEY.author("Zoë")
    assert KEY.author("Zoé") != other.author("Zoé")
    assert len(KEY.author("x")) == 13


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "corpus.key"
    key = bytes(range(32))
    write_key(path, key)
    assert read_key(path) == key
    with pytest.raises(FileExistsError):
        write_key(path, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "corpus.key"
    path.write_text("secret")
    with pytest.raises(InputError, match=r"a pseudonym key is 32 bytes in hexadecimal; got 6 characters"):
        read_key(path)


# --- addresses, numbers, profiles ------------------------------------------------------------------------------------

EMAILS = (
    "jean.dupont@exemple.fr",
    "J_D+liste@mail.exemple.co.uk",
    "zoé@exämple.org",
    "jean [at] exemple [dot] fr",
    "jean(at)exemple.fr",
    "jean arobase exemple point fr",
    "jean @ exemple.fr",
    "jean.dupont@intranet",
)
PHONES = (
    "06 12 34 56 78",
    "0612345678",
    "01.23.45.67.89",
    "01-23-45-67-89",
    "0 800 123 456",
    "0800 12 34 56",
    "+33 6 12 34 56 78",
    "+33 (0)6 12 34 56 78",
    "0033612345678",
    "0475/12.34.56",
    "0475 12 34 56",
    "02 123 45 67",
    "+32 2 123 45 67",
    "079 123 45 67",
    "+41 79 123 45 67",
    "514-555-0199",
    "(514) 555-0199",
    "1-800-555-0199",
    "+1 212.555.0123",
    "020 7946 0958",
    "07700 900123",
    "(0161) 496 0123",
    "+44 7700 900123",
    "98765 43210",
    "022-2345 6789",
    "+91 98765 43210",
    "+352 621 123 456",
    "06\u00a012\u00a034\u00a056\u00a078",
)
PROFILES = (
    "https://www.linkedin.com/in/jdupont/",
    "linkedin.com/in/jdupont",
    "https://fr.linkedin.com/pub/jean-dupont/12/345/678",
    "https://twitter.com/jdupont/status/12345",
    "https://x.com/jdupont",
    "https://www.facebook.com/profile.php?id=100001",
    "https://www.facebook.com/jean.dupont",
    "https://github.com/jdupont",
    "https://www.instagram.com/jdupont/",
    "https://piaille.fr/@jdupont",
    "piaille.fr/@jdupont/110123",
    "http://fr.viadeo.com/fr/profile/jean.dupont",
    "https://www.xing.com/profile/Jean_Dupont",
    "https://forum.exemple.org/u/jdupont/summary",
    "https://exemple.org/user/jdupont",
    "https://exemple.org/members/42-jean",
    "https://stackoverflow.com/users/12345/jdupont",
    "https://exemple.org/~jdupont",
)
NO_PROFILES = (
    "https://exemple.org/etude.pdf",
    "https://docs.exemple.org/user/guide",
    "https://exemple.org/users/login",
    "https://exemple.org/user/manual.html",
    "https://github.com/jdupont/projet",
    "https://github.com/features",
    "https://twitter.com/search?q=rse",
    "https://twitter.com/hashtag/rse",
    "https://www.facebook.com/groups/12345",
    "https://www.linkedin.com/company/exemple",
    "https://www.linkedin.com/pulse/un-titre",
    "https://www.dropbox.com/s/abc",
)
NOTHING = (
    "1 250 000 € en 2014",
    "250 300 400 utilisateurs",
    "+10 000 000 000 d'euros",
    "+12 345 678 abonnés",
    "le 01/02/2014 à 10:30",
    "2014-03-12 10:15:00",
    "du 01.02.2014 au 03.04.2015",
    "2012-2016",
    "ISO 9001:2015 et ISO/IEC 27001:2013",
    "ISBN 978-2-07-036822-8",
    "ISBN 0-306-40615-2",
    "version 10.4.2.1",
    "v2.13.0712345678",
    "SIRET 732 829 320 00074",
    "ticket 4500081123",
    "bug #0712345678",
    "1699999999",
    "192.168.10.254",
    "01 02 03 04 05",
    "05 12 23 34 45 46",
    "75001-75008",
    "3,1415926535",
    "12 345,67 $",
    "€ 514 555 0199",
    "FR76 3000 6000 0112 3456 7890 189",
    "react@18.2.0 et vue@next",
    "foo@bar dans le code",
    "`@Override`",
    "@2x et @18h30",
    "les adresses @exemple.fr, ou en @exemple",
    "@channel, @here et @tous",
    "10 u/mois, et/ou, U/I",
    "tous@bord",
)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        *(("email", raw) for raw in EMAILS),
        *(("phone", raw) for raw in PHONES),
        *(("profile", raw) for raw in PROFILES),
    ],
)
@pytest.mark.parametrize("around", ["{}", "Voir {}.", "({})", "Joignez-nous : {}, merci", "Oui\n{}\nNon"])
def test_a_personal_detail_is_replaced_by_its_kind(naming: Naming, kind: str, raw: str, around: str) -> None:
    cleaned = clean_text(around.format(raw), naming)
    assert cleaned.text == around.format(f"[{kind}]")
    assert cleaned.kinds == {kind: 1}


@pytest.mark.parametrize("text", [*NOTHING, *NO_PROFILES])
def test_what_only_looks_like_one_stays(naming: Naming, text: str) -> None:
    for around in ("{}", "Voir {} pour la suite.", "({})"):
        assert clean_text(around.format(text), naming).kinds == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mailto:j@x.org", "mailto:[email]"),
        ("<mailto:j@x.org|j@x.org>", "<mailto:[email]|[email]>"),
        ("https://exemple.fr/?de=a.b@c.fr&x=1", "https://exemple.fr/?de=[email]&x=1"),
        ("[Jean](https://x.com/jd)", "[Jean]([profile])"),
        ("06 12 34 56 78 / 01 23 45 67 89", "[phone] / [phone]"),
        ("06 12 34 56 78 01 23 45 67 89", "[phone] [phone]"),
        ("Bureau 12, 0123456789 poste 34", "Bureau 12, [phone]"),
        ("tél : 5145550199", "tél : [phone]"),
        ("Phone number is 2125550123.", "Phone number is [phone]."),
        ("tel:+33612345678", "tel:[phone]"),
        ("de 8h à 20h au 06 12 34 56 78 24h/24", "de 8h à 20h au [phone] 24h/24"),
    ],
)
def test_details_in_their_surroundings(naming: Naming, text: str, expected: str) -> None:
    assert clean_text(text, naming).text == expected


@pytest.mark.parametrize("url", NO_PROFILES)
def test_other_addresses_are_no_profiles(url: str) -> None:
    assert not is_profile(url)


# --- mentions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Arnaud oui", f"{named('Arnaud')} oui"),
        (".@arnaud oui", f".{named('Arnaud')} oui"),
        (
            "@zoe.martin, @ZoeMartin et @zmartin",
            f"{named('Zoé Martin')}, {named('Zoé Martin')} et {named('Zoé Martin')}",
        ),
        ("@Zoé Martin a dit", f"{named('Zoé Martin')} a dit"),
        ("@Zoé non", f"{named('Zoé Martin')} non"),
        ("@jlacombe voir", f"{named('jlacombe@exemple.fr')} voir"),
        ("u/petit_suisse a raison", f"{named('u/petit_suisse')} a raison"),
        ("/u/autre", named("autre")),
        ("@wandawells", named("Wanda Wells")),
        ("@inconnue_42 et @Inconnue_42", f"{named('inconnue_42')} et {named('inconnue_42')}"),
        ("@Nadia Benali, tu vois ?", f"{named('Nadia Benali')}, tu vois ?"),
        ("merci @Nadia Benali pour tout", f"merci {named('Nadia Benali')} pour tout"),
        ("@Nadia Merci pour tout", f"{named('Nadia')} Merci pour tout"),
        ("<@U02ABCDEF> et <@U02ABCDEF|arnaud>", f"{named('U02ABCDEF')} et {named('Arnaud')}"),
        ("@jd@piaille.fr merci", f"{named('jd')} merci"),
        ("[[user:1234]] ok", f"{named('1234')} ok"),
        ("@[Paul Durand](urn:li:1) ok", f"{named('Paul Durand')} ok"),
        ("cc @Paul", f"cc {named('Paul')}"),  # two Pauls write here: nobody can tell which
    ],
)
def test_a_mention_is_the_pseudonym_of_whom_it_means(naming: Naming, text: str, expected: str) -> None:
    assert clean_text(text, naming).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Merci Arnaud pour le lien", "Merci {Arnaud} pour le lien"),
        ("merci arnaud, voilà", "merci {Arnaud}, voilà"),
        ("Arnaud, vous avez tort", "{Arnaud}, vous avez tort"),
        ("Tout à fait. Arnaud : non", "Tout à fait. {Arnaud} : non"),
        ("Vous avez tort, Arnaud.", "Vous avez tort, {Arnaud}."),
        ("Non Zoé, pas l'outil", "Non {Zoé Martin}, pas l'outil"),
        ("D'accord avec Zoé Martin.", "D'accord avec {Zoé Martin}."),
        ("Comme le dit M. Martin", "Comme le dit M. {Zoé Martin}"),
        ("Zoé a raison", "{Zoé Martin} a raison"),
        ("I agree with Arnaud's point", "I agree with {Arnaud}'s point"),
        ("Hi momo75!", "Hi {momo75}!"),
        ("Je cite Zoé Martin ici", "Je cite {Zoé Martin} ici"),
        ("Hello Arnaud\nfine", "Hello {Arnaud}\nfine"),
    ],
)
def test_authors_of_the_thread_are_replaced_where_they_are_spoken_to(naming: Naming, text: str, expected: str) -> None:
    assert clean_text(text, naming).text == re.sub(r"\{(.*?)\}", lambda match: named(match[1]), expected)


@pytest.mark.parametrize(
    "text",
    [
        "Merci Wanda Wells",  # writes in another thread
        "Merci Kevin pour la case",  # writes in none
        "Martin m'a dit",
        "Le petit réseau, petit à petit",
        "Merci pour tout",
        "La prise de la rue Arnaud sert peu",
    ],
)
def test_other_names_stay(naming: Naming, text: str) -> None:
    assert clean_text(text, naming).text == text


def test_a_mention_of_nobody_known_is_the_same_throughout_a_corpus(naming: Naming) -> None:
    elsewhere = Naming("u", naming.people, naming.pseudonym)
    assert clean_text("@Bertil_1", naming).text == clean_text("@bertil_1", elsewhere).text


def test_ordinary_words_under_which_somebody_writes_stay_words() -> None:
    with people() as known:
        for author in ("non", "no comment", "yammer"):
            known.note("t", author)
        names = Naming("t", known, KEY.author)
        for text in (
            "Cinq ans, non. Merci non",
            "Non, pas l'outil",
            "Our curve, no comment: flat.",
            "slack, yammer, rien",
        ):
            assert clean_text(text, names).text == text


def test_roles_and_pseudonyms_are_nobodys_names() -> None:
    with people() as known:
        for author in ("Anonyme", "admin", "a0123456789ab"):
            known.note("t", author)
        text = "Merci admin, bonjour Anonyme"
        assert clean_text(text, Naming("t", known, KEY.author)).text == text


# --- evidence and properties -----------------------------------------------------------------------------------------


def quote(text: str, start: int, end: int) -> Evidence:
    return Evidence("tooling", "cited", start, end, text[start:end])


@pytest.mark.parametrize(
    ("quoted", "expected"),
    [
        ("L'outil rame.", "L'outil rame."),
        ("Écrivez à j@x.org vite.", "Écrivez à [email] vite."),
        ("x.org vite.", "[email] vite."),
        ("Écrivez à j@x", "Écrivez à [email]"),
        ("j@x.org", "[email]"),
        ("Personne n'y va.\nPaul Durand", "Personne n'y va.\n[signature]"),
        ("Durand", "[signature]"),
    ],
)
def test_evidence_moves_with_its_text(naming: Naming, quoted: str, expected: str) -> None:
    text = "@momo75 L'outil rame. Écrivez à j@x.org vite. Personne n'y va.\nPaul Durand"
    start = text.index(quoted)
    cleaned = clean_text(text, naming, evidence=[quote(text, start, start + len(quoted))])
    check_evidence(cleaned.evidence, cleaned.text)
    assert [item.text for item in cleaned.evidence] == [expected]


WORDS = st.sampled_from("le réseau RSE 10 % 2014 Paul Merci Arnaud Fini. Bravo ! a@ @ + (0) 06 12 u/ www. tel".split())
PIECES = st.sampled_from([*EMAILS, *PHONES, *PROFILES, *NOTHING, "@arnaud", "<@U02ABCDEF>", "u/abc", "[email]"])
GLUE = st.sampled_from([" ", "\n", ", ", ". ", "", "/", "-", " — ", "\n\n", "(", "@"])
TEXTS = st.lists(st.tuples(WORDS | PIECES | st.text(max_size=4), GLUE), max_size=10).map(
    lambda parts: "".join(piece + glue for piece, glue in parts)
)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(naming: Naming, text: str) -> None:
    once = clean_text(text, naming, author="Paul Durand")
    assert clean_text(once.text, naming, author="Paul Durand").text == once.text


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(PIECES, st.sampled_from([" et ", "\n", ", ", " ; puis "])), min_size=1, max_size=6))
def test_no_detail_survives(naming: Naming, pieces: list[tuple[str, str]]) -> None:
    cleaned = clean_text("".join(piece + glue for piece, glue in pieces), naming).text
    for raw in (*EMAILS, *PHONES, *PROFILES):
        assert raw not in cleaned


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.data())
def test_offsets_always_quote(naming: Naming, text: str, data: st.DataObject) -> None:
    bounds = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda pair: pair[0] < pair[1])
    pairs = data.draw(st.lists(bounds, max_size=4)) if text else []
    cleaned = clean_text(text, naming, evidence=[quote(text, *pair) for pair in pairs])
    check_evidence(cleaned.evidence, cleaned.text)
    if not cleaned.kinds:
        assert [item.text for item in cleaned.evidence] == [text[slice(*pair)] for pair in pairs]


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS | PIECES, max_size=5).map(" ".join))
def test_a_text_without_signs_holds_nothing_to_replace(naming: Naming, text: str) -> None:
    kinds = clean_text(text, naming).kinds
    assert any(signs(text)) or not {"email", "phone", "profile"} & set(kinds)


def test_placeholders_stay(naming: Naming) -> None:
    text = "[email] [phone] [profile] [mention:a0123456789ab] [mention]\n[signature]"
    assert re.sub(PLACEHOLDER, "", text).strip() == ""
    assert clean_text(text, naming, author="signature").text == text


# --- columns ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        *((name, "contact") for name in ("email", "E-mail", "courriel", "mail", "Adresse e-mail", "author_email")),
        *((name, "contact") for name in ("ip", "IP address", "adresse_ip", "ipAddress", "wp:comment_author_IP")),
        *((name, "contact") for name in ("Téléphone", "phone_number", "x_forwarded_for_ip")),
        *((name, "name") for name in ("prénom", "Nom", "first_name", "displayName", "username")),
        *((name, None) for name in ("service", "mail_count", "emailed", "zip", "description", "site", "relationship")),
    ],
)
def test_columns_by_name(column: str, kind: str | None) -> None:
    assert personal_column(column) == kind


@pytest.mark.parametrize(
    ("value", "column", "expected"),
    [
        ("jean@exemple.fr", "x", True),
        ("Jean <jean@exemple.fr>", "x", True),
        ("a@x.fr; b@x.fr", "x", True),
        ("192.168.1.12", "x", True),
        ("2001:db8::1", "x", True),
        ("10.0.0.1, 10.0.0.2", "x", True),
        ("10.4.2.1", "product_version", False),
        ("10.4.2", "x", False),
        ("12:30", "x", False),
        ("écrire à jean@exemple.fr", "x", False),
        ("", "x", False),
        (12, "x", False),
    ],
)
def test_columns_by_content(value: object, column: str, expected: bool) -> None:
    assert is_contact(value, column) is expected
