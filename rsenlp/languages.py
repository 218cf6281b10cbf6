"""The languages of comments in blocks: each text by itself first, then those in doubt by what they answer."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from rsenlp.comment_blocks import Block
from rsenlp.reply_links import Asked
from rsenlp.text import SUPPORTED
from rsenlp.text_language import detect_language, language_alone
from rsenlp.threads import Notes, Trees


def with_language_alone(block: Block) -> tuple[Block, Notes]:
    """The comments, each that comes without a language with that of its text, which is noted; those in doubt ask for
    what is noted with the comment that they answer.
    """
    given = block.texts("lang")
    if None not in given:
        asks = pa.array([False] * len(block), pa.bool_())
        return block, Notes(pa.nulls(len(block), pa.string()), asks)
    told = [
        language_alone(text or "") if lang is None else (None, False)
        for text, lang in zip(block.texts("text"), given, strict=True)
    ]
    notes = pa.array([code for code, _ in told], pa.string())
    lang = (
        notes
        if not block.field("lang").is_valid().true_count
        else [own or code for own, (code, _) in zip(given, told, strict=True)]
    )
    return block.with_fields(lang=lang), Notes(notes, pa.array([doubtful for _, doubtful in told], pa.bool_()))


def with_language_around(block: Block, asked: Mapping[int, Asked], trees: Trees) -> Block:
    """The comments, those in doubt with the language of what they answer where that is one of ours: another comment, or
    the claim of the opening document.
    """
    if not asked:
        return block
    lang, claims = block.texts("lang"), block.texts("claim")
    for row, item in asked.items():
        around = _around(item, claims[row], trees)
        if around in SUPPORTED:
            lang[row] = around
    return block.with_fields(lang=lang)


def _around(asked: Asked, claim: str | None, trees: Trees) -> str | None:
    if asked.parent is None:
        return detect_language(claim) if claim else None
    return asked.note or detect_language(trees.text(asked.parent))
