"""Invented endings of comments; ``|`` stands for a line break, ``^`` for where the signature begins."""

from __future__ import annotations

import pytest

from rsenlp.privacy.signatures import author_test, signature_span

SIGNED = """
Le projet a tenu deux ans.|^Arnaud
Bravo quand même !|^Josette|Société Tartempion
C'est la faute de l'outil, pas des gens|^Olivier Marchand|KLO Solution
On en reparlera|^Jean-Pierre Lacombe
Personne n'y va.|^DURAND Paul
Personne n'y va.|^Paul DURAND
Personne n'y va.|^Marie-Hélène de La Tour
Personne n'y va.|^Émile Vanden Berghe, consultant
Personne n'y va.|^Sophie Lambert / Acme
Personne n'y va.|^Sophie Lambert - Acme Conseil
Personne n'y va.|^Sophie Lambert (Acme)
Personne n'y va.|^Sophie Lambert|Directrice de la communication|Acme
Personne n'y va.|^— Sophie
Personne n'y va.|^-- Sophie Lambert
Personne n'y va.|^~ Sophie
Personne n'y va. ^— Sophie
Personne n'y va. ^Cordialement, Sophie Lambert
Personne n'y va.|^Cordialement,|Sophie Lambert
Personne n'y va.|^Cordialement|Sophie
Personne n'y va.|^Bien à vous, Sophie
Personne n'y va.|^Cdlt, S. Lambert
Personne n'y va.|^Bien cordialement,||Wendeline Krzak|Responsable du numérique
Personne n'y va.|^Amicalement, Yann
Merci d'avance,|^Kévin
Voilà.|^Signé : Bernard
Une bonne fois pour toutes.|^Thérèse (DRH)
Tout est dit||^Mehdi
It died in a year.|^Best, Emma Stone, Acme
It died in a year.|^Best, Siddha Roychow, Acme
It died in a year.|^Best,|Emma
It died in a year.|^Best regards,|Emma Stone|Head of IT
It died in a year.|^Kind regards, Oleksandr Vynnyk
It died in a year.|^Cheers, Tom
It died in a year.|^Thanks,|Priya Raman
It died in a year.|^Sincerely yours, Mr. John Smith
It died in a year.|^Regards|Tom
It died in a year.|^- Emma
It died in a year.|^Emma Stone, community manager at Acme
It died in a year.|^Tom, network admin
It died in a year.|^Signed: Emma Stone
It died.|^Dr. Emma Stone
It died.|^Emma S.
"""
UNSIGNED = """
Fini.|Merci
Fini.|Merci !
Fini.|Bravo
Fini.|Dommage
Fini.|Parfait
Fini.|+1
Nous avons choisi.|SharePoint
Nous avons choisi.|Lotus Notes
Nous avons choisi.|Microsoft Teams
Nous avons choisi.|Jive
Nous avons choisi.|Slack
Nous avons choisi.|Viva Engage
On est à.|Paris
On est à.|Trois-Rivières
On est à.|Lyon, France
On est à.|New York
On est à.|Nancy
On est à.|Sophia Antipolis
La suite ici.|A FUIR
Bref.|Poubelle
Bref.|Vivement le retour du téléphone.
Bref.|Paul a raison.
Bref.|Paul, tu as raison.
Bref.|Paul, arrête
Bref.|Merci Paul
Bref.|Pierre qui roule
Bref.|Claire comme de l'eau
Liste :|- Outlook|- Slack|- Paris
Liste :|- wiki|- Sophie
Liste :|– Sophie|– Paul
« Le wiki a gagné »|— Confucius
"The wiki won"|— Emma Stone
Sans commentaire. Cordialement.
Sans commentaire.|Cordialement
Sans commentaire.|Bonne journée à tous
Merci, Microsoft.
It died.|Thanks, Microsoft Teams
It died.|Best tool ever
It died.|Best, but slow
It died.|Best, Cheaper, Faster
It died.|Cheers
It died.|Thanks for reading
It died.|Regards to your boss
It died.|Good riddance
It died.|Never Again
It died.|Salesforce Chatter
It died.|Facebook Workplace
It died.|Will it work
It died.|Mark my words
It died.|Grace period
It died.|Hope so
It died.|IT Department
It died.|Human Resources
It died.|Edit: typo
It died.|Dublin
It died.|San Francisco
It died.|Victor Hugo would love it
It died.|Ruby on Rails
It died.|Jenkins
It died.|Alexa
Votre avis ?|Oui
Cordialement, le réseau n'a jamais servi à rien et personne ne le regrette.
Yours is the first to work.
Regards croisés|Un réseau social
Le slogan.|Plus vite, plus haut
Source|Le Monde Informatique
Source.|Harvard Business Review
Voir le blog de|Bertrand
La question : qui décide|Henri
Arnaud
Bonjour Arnaud
Sophie Lambert
Fini.|[signature]
Fini. Paul|[signature]|[email]
"""


def signed(text: str, author: str | None = None) -> str | None:
    span = signature_span(text, author_test(author))
    return None if span is None else text[span.start : span.end]


@pytest.mark.parametrize("line", SIGNED.strip().split("\n"))
def test_signatures_are_found_from_their_first_word(line: str) -> None:
    text, signature = line.replace("^", "").replace("|", "\n"), line.split("^")[1].replace("|", "\n")
    assert signed(text) == signature
    assert signed(text + "\n") == signature
    assert signed(text + "\nTél : [phone]\n[email]") == signature


@pytest.mark.parametrize("line", UNSIGNED.strip().split("\n"))
def test_other_last_lines_are_none(line: str) -> None:
    assert signed(line.replace("|", "\n")) is None


@pytest.mark.parametrize(
    ("text", "author", "expected"),
    [
        ("Rien ne marche\nmomo75", "Momo75", "momo75"),
        ("Rien ne marche. Zoé", "Zoé Martin", "Zoé"),
        ("Rien ne marche. Zoé", "Paul Martin", None),
        ("Rien ne marche\nWendeline Krzak", "Wendeline Krzak", "Wendeline Krzak"),
        ("Rien ne marche\nWendeline Krzak", None, None),
        ("Rien ne marche\nZoé", "Zoé Martin", "Zoé"),
    ],
)
def test_authors_sign_with_their_own_name(text: str, author: str | None, expected: str | None) -> None:
    assert signed(text, author) == expected
