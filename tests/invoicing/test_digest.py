"""The digest that binds a live run to its preview."""

from services.invoicing.domain.billing import ClientBill
from services.invoicing.domain.digest import EMPTY, extended
from tests.invoicing.builders import bill, client, item

ITEMS = [item("10.00"), item("20.00")]


def digest(done: ClientBill) -> str:
    return extended(EMPTY, done)


def test_the_same_items_and_terms_give_the_same_digest_whatever_was_left_out() -> None:
    assert digest(bill(ITEMS)) == digest(bill([*ITEMS, item(status="preliminary")]))


def test_news_that_leave_an_item_as_it_reads_leave_the_digest() -> None:
    assert digest(bill([ITEMS[0]._replace(version=2), ITEMS[1]])) == digest(bill(ITEMS))


def test_whatever_changes_an_invoice_changes_the_digest() -> None:
    first = digest(bill(ITEMS))
    assert digest(bill(ITEMS[:1])) != first
    assert digest(bill([ITEMS[0]._replace(revision=2), ITEMS[1]])) != first
    assert digest(bill([ITEMS[0]._replace(price_amount=1001), ITEMS[1]])) != first
    assert digest(bill(ITEMS, client(payment_days=31))) != first
