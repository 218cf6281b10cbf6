"""The studies of the folder, and new ones from files."""

from __future__ import annotations

import intake

intake.show()
