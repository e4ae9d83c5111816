"""Vouchers as CSV: a line per account, role, medium and plan of a voucher, and control totals at the end."""

import csv
import io
from collections.abc import Sequence

from services.invoicing.domain.exported import ExportedVoucher, Header, control
from shared.kernel.money import Money

COLUMNS = (
    "record", "voucher_no", "accounting_on", "document_no", "client_code", "client_name", "account_no", "role",
    "media_code", "plan_code", "debit", "credit", "currency",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_file(header: Header, vouchers: Sequence[ExportedVoucher]) -> bytes:
    """UTF-8, a `row` record per line. The last record is `total`: how many vouchers stands under voucher_no, how many
    rows under account_no, and the sums of both sides under theirs."""
    of, sums = header.currency, control(vouchers)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    row_count = 0
    for voucher in vouchers:
        for row in voucher.rows:
            row_count += 1
            texts = (
                voucher.voucher_no, voucher.accounting_on.isoformat(), voucher.document_no, voucher.client_code,
                voucher.client_name, row.account_no, row.role, row.media_code, row.plan_code,
            )  # fmt: skip
            writer.writerow(["row", *map(_text, texts), Money(row.debit, of), Money(row.credit, of), of])
    totals = [Money(sums.debit_amount, of), Money(sums.credit_amount, of), of]
    writer.writerow(["total", sums.voucher_count, "", "", "", "", row_count, "", "", "", *totals])
    return file.getvalue().encode()


def _text(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula is quoted by an apostrophe (reliability.md section 9)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
