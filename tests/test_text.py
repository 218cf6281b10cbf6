from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsenlp.text import detect_language, nfc, normal, quoted_lines, sentences, tokens


def cut(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M. Morin a dit non. Et vous ?", ["M. Morin a dit non.", "Et vous ?"]),
        ("On a p. ex. un wiki, etc. Il est vide.", ["On a p. ex. un wiki, etc.", "Il est vide."]),
        ("C'est lent!Et cher.Très cher", ["C'est lent!", "Et cher.", "Très cher"]),
        ("Voir https://a.example/b.html?x=3. Merci", ["Voir https://a.example/b.html?x=3.", "Merci"]),
        ("- un\n- deux. Oui\n", ["- un", "- deux.", "Oui"]),
        ("1. Le but. 2. Le temps.", ["1. Le but.", "2. Le temps."]),
        ("Hum... pas sûr… Enfin si.", ["Hum... pas sûr…", "Enfin si."]),
        ("TROP CHER. ON ARRETE. MERCI", ["TROP CHER.", "ON ARRETE.", "MERCI"]),
        ("il dit « Non. Jamais ! » et part. Fin", ["il dit « Non. Jamais ! » et part.", "Fin"]),
        ("« C'est fini. » Et alors ?!", ["« C'est fini. »", "Et alors ?!"]),
        ('He said "No way." Then left.', ['He said "No way."', "Then left."]),
        ("See e.g. the wiki vs. the feed. Mr. Lee agreed.", ["See e.g. the wiki vs. the feed.", "Mr. Lee agreed."]),
        ("Just say no. We did.", ["Just say no.", "We did."]),
        ("See no. 5 and p. 12. Right", ["See no. 5 and p. 12.", "Right"]),
        ("On est à 3.5 % au lieu de 10 %. Bof", ["On est à 3.5 % au lieu de 10 %.", "Bof"]),
        ("Cher ; lent : inutile. Voilà", ["Cher ; lent : inutile.", "Voilà"]),
        ("sans accents ni majuscules. ca va. ok", ["sans accents ni majuscules.", "ca va.", "ok"]),
        ("node.js is fine. Ask me", ["node.js is fine.", "Ask me"]),
        ("> quoted. line\nmine", ["mine"]),
        ("", []),
        ("   \n \t ", []),
        ("…", ["…"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@given(st.text(alphabet=st.sampled_from("aÀ .!?…«»\"'\n->:;1)\u00a0é"), max_size=80))
def test_sentences_are_ordered_stripped_and_leave_only_white_space_and_quotes(text: str) -> None:
    spans = sentences(text)
    quoted = {at for span in quoted_lines(text) for at in range(span.start, span.end)}
    covered: set[int] = set()
    last = 0
    for span in spans:
        assert span.start >= last
        assert text[span.start : span.end] == text[span.start : span.end].strip() != ""
        assert "\n" not in text[span.start : span.end]
        covered.update(range(span.start, span.end))
        last = span.end
    assert all(text[at].isspace() for at in range(len(text)) if at not in covered | quoted)


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("Bravo !", None, "fr"),
        ("Thanks!", None, "en"),
        ("Exactly.", "fr", "en"),
        ("+1", "en", "en"),
        ("+1", None, "other"),
        ("Yammer?", "fr", "fr"),
        ("Das ist leider gar nicht gut für uns gelaufen", "fr", "other"),
        ("مرحبا هذا اختبار", "fr", "other"),
        ("это никому не нужно", "en", "other"),
        ("Gracias por el articulo, muy interesante", None, "other"),
        ("c est pas faux mais bon on s en sert pas", None, "fr"),
        ("the feed is dead and nobody cares", None, "en"),
        ("PERSONNE NE L UTILISE CHEZ NOUS DEPUIS DES MOIS", None, "fr"),
    ],
)
def test_detect_language(text: str, hint: str | None, expected: str) -> None:
    assert detect_language(text, hint) == expected


def test_normal_form_drops_case_accents_and_typography() -> None:
    assert normal("L’Œuvre\u00a0ÉLÈVE") == "l'oeuvre eleve"


def test_tokens_part_elisions_and_keep_contractions() -> None:
    assert tokens(normal("L'outil n'est qu’un outil")) == ["l", "outil", "n", "est", "qu", "un", "outil"]
    assert tokens("don't user-friendly 10 %?!") == ["don't", "user-friendly", "10", "%", "?!"]


def test_nfc_normalises_line_ends_and_drops_what_text_cannot_hold() -> None:
    assert nfc("e\u0301\r\na\rb\x00\ud800") == "é\na\nb?"
