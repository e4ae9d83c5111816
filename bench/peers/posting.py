"""Posts invoices in Tryton, run by the Python of its own environment: posting.py DATABASE.

A line in is a JSON document, a line out is the answer: first the number of clients and the invoice date, then, as often
as wanted, the invoices of one turn, each a list of lines with their text and their price in cents.
"""

import datetime
import json
import sys
import time
from decimal import Decimal

from proteus import Model
from proteus import config as proteus_config
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, create_tax, get_accounts
from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
from trytond.modules.company.tests.tools import create_company, get_company
from trytond.modules.currency.tests.tools import get_currency
from trytond.pool import Pool
from trytond.transaction import Transaction, TransactionError

# Invoices in one transaction: faster than one each, and more of them are no faster.
_AT_ONCE = 10


def set_up(clients, invoice_on):
    """A company with its chart of accounts, fiscal year, a tax of 20 %, a service, and clients with 30 days to pay."""
    create_company(currency=get_currency("EUR"))
    company = get_company()
    create_chart(company)
    set_fiscalyear_invoice_sequences(create_fiscalyear(company, invoice_on)).click("create_period")
    accounts = get_accounts(company)
    tax = create_tax(Decimal(".20"))
    tax.save()
    category = Model.get("product.category")(name="media", accounting=True)
    category.account_expense, category.account_revenue = accounts["expense"], accounts["revenue"]
    category.customer_taxes.append(tax)
    category.save()
    (unit,) = Model.get("product.uom").find([("name", "=", "Unit")])
    Model.get("product.template")(
        name="insertion", default_uom=unit, type="service", list_price=Decimal(40), account_category=category
    ).save()
    term = Model.get("account.invoice.payment_term")(name="30 days")
    (delta,) = term.lines.new(type="remainder").relativedeltas
    delta.days = 30
    term.save()
    for number in range(clients):
        Model.get("party.party")(name=f"client {number:06d}", customer_payment_term=term).save()


class Posting:
    """Invoices saved, taxed, validated and posted, each with its number and its move."""

    def __init__(self, database, invoice_on):
        self._pool, self._database, self._invoice_on = Pool(database), database, invoice_on
        # Which rows and tables the dispatcher found it must lock first; only the first transactions pay the restarts.
        self._locks = {}

    def post(self, invoices):
        """What was posted, in cents, and the seconds it took."""
        started, posted = time.perf_counter(), []
        for first in range(0, len(invoices), _AT_ONCE):
            posted += self._restarted(first, invoices[first : first + _AT_ONCE])
        seconds = time.perf_counter() - started
        sums = {name: sum(one[name] for one in posted) for name in SUMS}
        return {"seconds": seconds, "invoices": len(posted), **sums}

    def _restarted(self, first, invoices):
        """As the server's own dispatcher does it: a lock that is missing restarts the transaction with it taken."""
        while True:
            try:
                return self._once(first, invoices)
            except TransactionError as error:
                error.fix(self._locks)

    def _once(self, first, invoices):
        with Transaction().start(self._database, 1, context={"company": 1}, **self._locks) as transaction:
            preferences = self._pool.get("res.user").get_preferences(context_only=True)
            with transaction.set_context(preferences):
                made = self._made(first, invoices)
                invoice = self._pool.get("account.invoice")
                invoice.save(made)
                invoice.update_taxes(made)
                invoice.validate_invoice(made)
                invoice.post(made)
                posted = [_posted(one) for one in made]
            transaction.commit()
        return posted

    def _made(self, first, invoices):
        invoice, line, party, product, journal, company = map(
            self._pool.get,
            ("account.invoice", "account.invoice.line", "party.party", "product.product", "account.journal",
             "company.company"),
        )  # fmt: skip
        owner = company(1)
        (sold,) = product.search([("name", "=", "insertion")], limit=1)
        (revenue,) = journal.search([("type", "=", "revenue")], limit=1)
        clients = party.search(
            [("name", "like", "client %")], order=[("name", "ASC")], offset=first, limit=len(invoices)
        )
        terms = {"type": "line", "company": owner, "currency": owner.currency, "product": sold, "quantity": 1,
                 "account": sold.account_revenue_used, "unit": sold.default_uom,
                 "taxes": list(sold.customer_taxes_used)}  # fmt: skip
        return [
            invoice(
                type="out",
                company=owner,
                currency=owner.currency,
                journal=revenue,
                party=client,
                invoice_address=client.address_get(type="invoice"),
                account=client.account_receivable_used,
                payment_term=client.customer_payment_term,
                invoice_date=self._invoice_on,
                lines=[line(description=text, unit_price=Decimal(cents) / 100, **terms) for text, cents in lines],
            )
            for client, lines in zip(clients, invoices, strict=True)
        ]


SUMS = ("lines", "net", "vat", "total")


def _posted(invoice):
    assert invoice.state == "posted"
    assert invoice.number
    assert invoice.move.state == "posted"
    amounts = (invoice.untaxed_amount, invoice.tax_amount, invoice.total_amount)
    return dict(zip(SUMS, [len(invoice.lines), *(int(amount * 100) for amount in amounts)], strict=True))


def main():
    """Answer line by line until there are no more."""
    (database,) = sys.argv[1:]
    proteus_config.set_trytond(database)
    clients, day = json.loads(sys.stdin.readline())
    invoice_on = datetime.date.fromisoformat(day)
    set_up(clients, invoice_on)
    print(json.dumps("ready"), flush=True)
    posting = Posting(database, invoice_on)
    for line in sys.stdin:
        print(json.dumps(posting.post(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
