"""What a voucher export holds, however it is written: vouchers with their rows by account, and control totals."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from shared.kernel.money import Currency


class ExportedRow(NamedTuple):
    """The rows of one voucher that agree in all of this, added up side by side; amounts in minor units."""

    account_no: str
    role: str
    media_code: str
    plan_code: str
    debit: int
    credit: int


class ExportedVoucher(NamedTuple):
    """One voucher; `document_no` is the invoice or credit note behind it."""

    series: str
    no: int
    voucher_no: str
    accounting_on: date
    registered_on: date
    document_no: str
    client_code: str
    client_name: str
    rows: Sequence[ExportedRow]


class Control(NamedTuple):
    """Control totals, taken over everything a file holds."""

    voucher_count: int
    debit_amount: int
    credit_amount: int


class Header(NamedTuple):
    """Whose vouchers, in which currency, made when and by whom."""

    legal_entity_code: str
    legal_entity_name: str
    currency: Currency
    made_on: date
    made_by: str


def control(vouchers: Iterable[ExportedVoucher]) -> Control:
    """The totals of these vouchers."""
    count = debit = credit = 0
    for voucher in vouchers:
        count += 1
        debit += sum(row.debit for row in voucher.rows)
        credit += sum(row.credit for row in voucher.rows)
    return Control(count, debit, credit)


def by_account(rows: Iterable[ExportedRow]) -> list[tuple[str, int]]:
    """Signed amounts (debits above zero) by account, each side added up for itself, in the order they came."""
    sides: dict[tuple[str, bool], int] = {}
    for row in rows:
        for is_debit, amount in ((True, row.debit), (False, -row.credit)):
            if amount:
                key = row.account_no, is_debit
                sides[key] = sides.get(key, 0) + amount
    return [(account_no, amount) for (account_no, _), amount in sides.items()]
