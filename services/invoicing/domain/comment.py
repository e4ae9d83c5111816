"""Month tokens in the comments that print on contract invoices (CT-COM-02 to 05, CT-COM-07)."""

import re
from datetime import date

# Full English names whatever the process's locale is (CT-COM-05).
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_OFFSETS = {"month": 0, "priormonth": -1, "nextmonth": 1}
# ASCII: without it a dotless i would match as well, and name no token.
_TOKEN = re.compile(r"<(month|priormonth|nextmonth)>", re.IGNORECASE | re.ASCII)


def with_months(comment: str, day: date) -> str:
    """The comment with its tokens replaced; `day` is the invoice's end date, or an occurrence's billed date.

    >>> with_months("<PriorMonth> to <nextmonth>, <year>", date(2026, 12, 31))
    'November to January, <year>'
    """
    return _TOKEN.sub(lambda token: _MONTHS[(day.month - 1 + _OFFSETS[token[1].lower()]) % 12], comment)
