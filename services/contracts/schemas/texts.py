"""Free text by how much of it there may be."""

from typing import Any

from shared.events.fields import Text

Word: Any = Text(40)
Phrase: Any = Text(200)
Comment: Any = Text(500)
Lines: Any = Text(2000)
Script: Any = Text(10000)
