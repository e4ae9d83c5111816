"""Free text by how much of it there may be, and the numbers of documents."""

from typing import Annotated, Any

from pydantic import Field

from shared.events.fields import Text

Word: Any = Text(40)
Phrase: Any = Text(200)
Comment: Any = Text(500)
Lines: Any = Text(2000)
Script: Any = Text(10000)
# A number that the service has drawn, as a caller asks for it.
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
