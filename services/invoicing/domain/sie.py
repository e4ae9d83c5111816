"""SIE 4I: the text file in which Swedish ledgers take vouchers, in IBM's code page 437."""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date

from services.invoicing.domain.exported import ExportedVoucher, Header, by_account, control
from shared.kernel.money import Money

# The format has no more than two decimal places.
PLACES_MAX = 2
_TEXT_MAX = 100
_SPELT = str.maketrans(
    {
        "–": "-", "—": "-", "‑": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "…": "...", "€": "EUR",
        "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "\u00a0": " ", "\u202f": " ", "\\": "/",
    }
)  # fmt: skip


def sie_file(header: Header, vouchers: Sequence[ExportedVoucher]) -> bytes:
    """The whole file. Debits are positive, credits negative; rows of one account and side are one #TRANS.

    Every text is quoted, with quotes inside escaped; what the code page lacks is spelt out or loses its accent, and a
    backslash, which would escape the quote after it, becomes a slash.
    """
    return "".join(f"{line}\r\n" for line in _lines(header, vouchers)).encode("cp437")


def _lines(header: Header, vouchers: Sequence[ExportedVoucher]) -> Iterator[str]:
    of = header.currency
    sums = control(vouchers)
    rows = [by_account(voucher.rows) for voucher in vouchers]
    yield "#FLAGGA 0"
    yield '#PROGRAM "mediabilling" "1"'
    yield "#FORMAT PC8"
    yield f"#GEN {_day(header.made_on)} {quoted(header.made_by)}"
    yield "#SIETYP 4"
    yield "#PROSA " + quoted(
        f"Vouchers {sums.voucher_count}, rows {sum(map(len, rows))}, debit {Money(sums.debit_amount, of)}, "
        f"credit {Money(sums.credit_amount, of)}"
    )
    yield f"#FNR {quoted(header.legal_entity_code)}"
    yield f"#FNAMN {quoted(header.legal_entity_name)}"
    yield f"#VALUTA {of}"
    for voucher, of_voucher in zip(vouchers, rows, strict=True):
        text = quoted(f"{voucher.document_no} {voucher.client_name}")
        yield (
            f"#VER {quoted(voucher.series)} {voucher.no} {_day(voucher.accounting_on)} {text} "
            f"{_day(voucher.registered_on)}"
        )
        yield "{"
        for account_no, amount in of_voucher:
            yield f"   #TRANS {account_no} {{}} {Money(amount, of)}"
        yield "}"


def quoted(text: str) -> str:
    """A text field: printable characters of the code page, at most a hundred, in quotes.

    >>> quoted('Kött & "Ost" – 5 €')
    '"Kött & \\\\"Ost\\\\" - 5 EUR"'
    """
    spelt = unicodedata.normalize("NFC", text).translate(_SPELT)
    shown = "".join(_in_code_page(character) for character in spelt)
    return '"' + " ".join(shown.split())[:_TEXT_MAX].replace('"', '\\"') + '"'


def _in_code_page(character: str) -> str:
    if unicodedata.category(character).startswith("C"):
        return " "
    for spelling in (character, unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()):
        try:
            spelling.encode("cp437")
        except UnicodeEncodeError:
            continue
        if spelling:
            return spelling
    return "?"


def _day(on: date) -> str:
    return f"{on:%Y%m%d}"
