"""Making a study in the background: import and classify in a thread that can be watched and stopped.

A study that is stopped or fails leaves no half-written file: an import leaves nothing, a classification the comments
as they are, with the predictions that were there before.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, Literal

from rsenlp.analyzer import load
from rsenlp.batch import ImportOptions, classify_sources, import_sources, report_path
from rsenlp.errors import RsenlpError
from rsenlp.record_files import PendingFile
from rsenlp.results.library import Entry
from rsenlp.results.store import COMMENTS, PREDICTIONS

Step = Literal["reading", "importing", "classifying", "done", "stopped", "failed"]
_LONGEST_NAME = 60
ENDED = ("done", "stopped", "failed")


class _StopError(Exception):
    """Someone asked the job to stop."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a job is: ``number`` comments in this step, of ``total`` where known; ``error`` says why it failed."""

    step: Step
    number: int = 0
    total: int | None = None
    error: str = ""

    @property
    def ended(self) -> bool:
        return self.step in ENDED


class Upload:
    """Files that were handed over as streams, in a temporary folder of their own, under the names they came with."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rsenlp-"))
        self.files: list[str] = []

    def add(self, name: str, stream: IO[bytes]) -> None:
        """Keep a file; a name that is there already gets a number."""
        clean = PurePath(name.replace("\\", "/").replace("\x00", "")).name.lstrip(".")[-_LONGEST_NAME:] or "file"
        path, number = self.folder / clean, 2
        while path.exists():
            path = path.with_name(f"{PurePath(clean).stem}~{number}{PurePath(clean).suffix}")
            number += 1
        with path.open("wb") as target:
            shutil.copyfileobj(stream, target)
        self.files.append(str(path))

    def named(self, text: str) -> str:
        """A text with the files called by their names rather than by where they lie for a while."""
        return text.replace(f"{self.folder}/", "")

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class Job:
    """Makes a study: imports sources into a folder where there are any, then classifies what lies there.

    Args:
        folder: of the study; made where it is missing.
        sources: what to import, as for ``import_sources``; none classifies the comments that are there (again).
        options: of the import.
        model: a name or folder, as for ``load``.
        upload: the uploaded files among the sources, which go when the job ends.
    """

    def __init__(
        self,
        folder: Path,
        sources: Iterable[str] = (),
        *,
        options: ImportOptions | None = None,
        model: str | None = None,
        upload: Upload | None = None,
    ) -> None:
        self.folder = folder
        self._sources = list(sources)
        self._options = options
        self._model = model
        self._upload = upload
        self._state = State("reading" if self._sources else "classifying")
        self._total: int | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"rsenlp {folder.name}", daemon=True)

    def start(self) -> Job:
        """Begin; the job itself."""
        self._thread.start()
        return self

    @property
    def state(self) -> State:
        return self._state

    def stop(self) -> None:
        """Ask it to stop: it does after the comments in hand."""
        self._stop.set()

    def wait(self, timeout: float | None = None) -> State:
        """Wait until it has ended, at most so many seconds."""
        self._thread.join(timeout)
        return self._state

    def _run(self) -> None:
        end = State("failed", error="the job ended unforeseen; the server's messages say more")
        try:
            if self._sources:
                self._import()
            self._classify()
            end = State("done", self._state.number, self._total)
        except _StopError:
            end = State("stopped")
        except (RsenlpError, OSError) as error:
            end = State("failed", error=self._named(str(error)))
        finally:
            if self._upload is not None:
                self._upload.discard()
            if not (self.folder / COMMENTS).exists() and self.folder.is_dir() and not any(self.folder.iterdir()):
                self.folder.rmdir()
            self._state = end

    def _import(self) -> None:
        output = self.folder / COMMENTS
        import_sources(
            self._sources, output, self._options, reading=self._at("reading"), progress=self._at("importing")
        )
        if self._upload is not None:
            self._name_files(report_path(output))

    def _name_files(self, report: Path) -> None:
        """Let the import report call the uploaded files by their names."""
        file = PendingFile(report)
        with report.open(encoding="utf-8") as lines, file.temporary.open("w", encoding="utf-8") as stream:
            stream.writelines(map(self._named, lines))
        file.commit()

    def _classify(self) -> None:
        comments = self.folder / COMMENTS
        self._total = Entry(self.folder.name, self.folder).comments
        self._state = State("classifying", 0, self._total)
        progress = self._at("classifying")
        classify_sources(load(self._model), [str(comments)], self.folder / PREDICTIONS, progress=progress)

    def _at(self, step: Step) -> Callable[[int], None]:
        def progress(number: int) -> None:
            if self._stop.is_set():
                raise _StopError
            if step == "reading":  # how many there will be to put in order
                self._total = number
            self._state = State(step, number, None if step == "reading" else self._total)

        return progress

    def _named(self, text: str) -> str:
        return text if self._upload is None else self._upload.named(text)
