"""Invoice date and due date."""

from datetime import date, timedelta

from shared.kernel.errors import Invalid
from shared.kernel.period import first_of_month


def due_on(invoice_on: date, days: int, *, from_month_end: bool = False) -> date:
    """Invoice date plus calendar days, or counted from the end of the invoice month (MA-REG-08, PI-INT-10).

    Negative days: `Invalid("pi_e_25")`. A holiday does not move the date.

    >>> due_on(date(2024, 5, 14), 20), due_on(date(2024, 5, 14), 20, from_month_end=True)
    (datetime.date(2024, 6, 3), datetime.date(2024, 6, 20))
    """
    if days < 0:
        raise Invalid("pi_e_25", "Payment days are not negative.")
    start = first_of_month(invoice_on, 1) - timedelta(days=1) if from_month_end else invoice_on
    return start + timedelta(days=days)


def draft_invoice_on(given: date | None, manual: date | None, planned: date) -> date:
    """The date given for the run, else the draft's manual date, else the planned one (PI-INT-09)."""
    return given or manual or planned
