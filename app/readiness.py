"""A visit to the first page before anyone asks for it: what the server reads, imports and keeps for all is there then.

Libraries are imported, the study is read, and the numbers of the whole of it are counted. The visit is a session as a
browser's, without a browser; what it leaves is what any first reader would have left.
"""

from __future__ import annotations

import gc

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.session_manager import SessionClient

from rsenlp.codebook import LANGUAGES


class Visit(SessionClient):
    """A visit in each language, one after the other."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._languages = list(LANGUAGES)
        self._session = runtime.connect_session(self, {})
        self._ask()

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        """Take what a browser would be sent; the end of a page alone matters."""
        if msg.WhichOneof("type") != "script_finished":
            return
        if self._languages:
            self._ask()
            return
        self._runtime.close_session(self._session)
        # what is here now stays: it need not be looked through after every page
        gc.collect()
        gc.freeze()

    def _ask(self) -> None:
        asked = BackMsg()
        asked.rerun_script.query_string = f"lang={self._languages.pop()}"
        self._runtime.handle_backmsg(self._session, asked)


def begin(runtime: Runtime) -> None:
    """Begin the visit; it goes on beside what the server does. To be called on the thread of the server's loop."""
    Visit(runtime)
