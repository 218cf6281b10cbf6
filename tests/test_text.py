from __future__ import annotations

import unicodedata
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsenlp.corpora import read_corpus
from rsenlp.evident_language import evident_language
from rsenlp.text import nfc, normal, quoted_lines, sentences, tokens
from rsenlp.text_language import closer_look, detect_language


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Chez nous personne n’a compris à quoi ça sert, et c'est dommage.", "fr"),
        ("Nobody told us what it was for, and that is a pity.", "en"),
        ("Merci !", None),
        ("Nobody told us what this was for and it is a pity. Personne ne nous a rien dit, ce n'est pas rien.", None),
        ("Bei uns hat niemand erklärt, wozu das Werkzeug gut sein soll, und das ist schade.", None),
        ("En mi equipo nadie sabe todavía para qué sirve esta herramienta, y es una lástima.", None),
        ("Da noi nessuno ha mai spiegato a che cosa serve lo strumento, ed è un peccato.", None),
        ("Bij ons heeft niemand ooit uitgelegd waar het voor dient, en dat is jammer.", None),
        ("Na minha equipa ninguém explicou para que serve a ferramenta, e isso é uma pena.", None),
        ("A la meva feina ningú no ens ha dit mai per a què serveix, i és una llàstima.", None),
        ("La noi nimeni nu a explicat vreodată la ce folosește, și asta este păcat.", None),
        ("Hos oss har ingen forklart hva det er til for, og det er synd.", None),
        ("у нас никто не знает the and of to is that", None),
    ],
)
def test_what_shows_by_function_words(text: str, expected: str | None) -> None:
    assert evident_language(text) == expected


def test_what_shows_is_what_statistics_tell_in_our_corpora() -> None:
    texts = [comment.text for comment in islice(read_corpus("rse-natural"), 0, 3000, 12)]
    shown = [(text, code) for text in texts if (code := evident_language(text)) is not None]
    assert len(shown) * 2 > len(texts)
    assert sum(closer_look(text) == code for text, code in shown) >= 0.99 * len(shown)


def test_a_hint_is_looked_for_only_where_a_text_is_too_short() -> None:
    def never() -> str:
        raise AssertionError("the text tells its language")

    assert detect_language("Chez nous personne n'a compris à quoi ça sert.", never) == "fr"
    assert detect_language("+1", lambda: "fr") == "fr"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="’‘œŒæÆ\u00a0\u202f")))
def test_normal_form_has_no_mark_that_combines(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text.lower())
    assert normal(text) == "".join(char for char in decomposed if not unicodedata.combining(char))


def test_normal_form_drops_case_accents_and_typography() -> None:
    assert normal("L’Œuvre\u00a0ÉLÈVE") == "l'oeuvre eleve"


def test_tokens_part_elisions_and_keep_contractions() -> None:
    assert tokens(normal("L'outil n'est qu’un outil")) == ["l", "outil", "n", "est", "qu", "un", "outil"]
    assert tokens("don't user-friendly 10 %?!") == ["don't", "user-friendly", "10", "%", "?!"]


def test_nfc_normalises_line_ends_and_drops_what_text_cannot_hold() -> None:
    assert nfc("e\u0301\r\na\rb\x00\ud800") == "é\na\nb?"
