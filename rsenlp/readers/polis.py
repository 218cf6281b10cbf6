"""Polis: ``comments.csv`` of a report's data export. Each comment is a statement of its own under the conversation."""

from __future__ import annotations

from collections.abc import Iterator

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.readers.columns import export_rows
from rsenlp.readers.export import Export, identifier
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.readers.tabular import header_keys

REJECTED = "comment that a moderator rejected"
_ALIASES = {
    "text": "comment_body",
    "number": "comment_id",
    "author": "author_id",
    "created_at": "timestamp",
    "written_at": "datetime",
    "moderated": "moderated",
}


class PolisReader:
    """Reads the comments of a conversation."""

    name = "polis"

    def recognises(self, source: Source) -> bool:
        keys = header_keys(source)
        return {"comment_id", "comment_body"} <= keys and bool(keys & {"agrees", "disagrees", "moderated"})

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The comments with their places; rejected ones are left out, with a row each.

        Numbers are those of one conversation alone, the participants' as well: its name goes before both.
        """
        export = Export(source, options, report)
        thread = options.thread_id or source.stem
        for where, fields, others in export_rows(
            source, options, report, format=self.name, aliases=_ALIASES, is_personal=lambda _: False
        ):
            number, author = identifier(fields.get("number")), identifier(fields.get("author"))
            id = None if number is None else f"{thread}-{number}"
            moderated = fields.get("moderated", "")
            if moderated.strip() in ("-1", "-1.0"):
                export.left_out(REJECTED, where, id=id)
                continue
            record = {
                "thread_id": thread,
                "id": id,
                "text": fields.get("text"),
                "author": None if author is None else f"{thread}:{author}",
                "created_at": fields.get("created_at") or fields.get("written_at"),
                **others,
            }
            if moderated:
                record["moderated"] = moderated
            yield from export.comment(record, where)
