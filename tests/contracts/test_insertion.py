"""The moves an insertion may make, and what is checked when a campaign is stored."""

from datetime import date

import pytest

from services.contracts.domain.campaign import Item, book, campaign_faults, linear_by_default
from services.contracts.domain.insertion import (
    Billed,
    check_change,
    default_status,
    move,
    share_status,
    sources_of,
    status_of,
)
from shared.kernel.errors import NotAllowedNow

STATUSES = ("preliminary", "definitive", "do_not_invoice", "pre_inv", "invoiced", "blocked", "cancelled")
ALLOWED = {
    ("preliminary", "definitive"),
    ("preliminary", "do_not_invoice"),
    ("preliminary", "pre_inv"),
    ("preliminary", "cancelled"),
    ("definitive", "do_not_invoice"),
    ("definitive", "pre_inv"),
    ("definitive", "cancelled"),
    ("do_not_invoice", "definitive"),
    ("pre_inv", "definitive"),
    ("blocked", "definitive"),
}


@pytest.mark.rule("MA-INS-10")
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("to", STATUSES)
def test_only_the_listed_moves_are_made_by_hand(status: str, to: str) -> None:
    if (status, to) in ALLOWED:
        assert move(status, to) == to
    else:
        with pytest.raises(NotAllowedNow, match="status_change_not_allowed"):
            move(status, to)
    assert (status in sources_of(to)) == ((status, to) in ALLOWED)


@pytest.mark.rule("MA-INS-12", "MA-INS-13", "MA-INS-14")
def test_what_forbids_a_change() -> None:
    usual = {"standing": False, "frozen": True, "warned": True, "has_media_invoice": False, "confirmed": False}
    check_change("definitive", **usual)
    with pytest.raises(NotAllowedNow, match="insertion_invoiced"):
        check_change("definitive", **(usual | {"standing": True}))
    check_change("definitive", **(usual | {"standing": True, "frozen": False}))
    with pytest.raises(NotAllowedNow, match="status_change_not_allowed"):
        check_change("cancelled", **usual)
    with pytest.raises(NotAllowedNow, match="media_invoice_exists"):
        check_change("definitive", **(usual | {"has_media_invoice": True}))
    check_change("definitive", **(usual | {"has_media_invoice": True, "confirmed": True}))
    check_change("definitive", **(usual | {"has_media_invoice": True, "warned": False}))


NOT_BILLED, LIVE = Billed(), Billed(live=True)
REOPENED, BLOCKED = Billed(reopened=True), Billed(reopened=True, blocked=True)


@pytest.mark.rule("MA-INS-10", "MA-INS-11", "MA-CRD-03", "MA-CRD-04")
@pytest.mark.parametrize(
    ("own", "billed", "status"),
    [
        ("definitive", NOT_BILLED, "definitive"),
        ("definitive", LIVE, "invoiced"),
        ("definitive", REOPENED, "definitive"),
        ("definitive", BLOCKED, "blocked"),
        ("pre_inv", NOT_BILLED, "pre_inv"),
        ("pre_inv", LIVE, "invoiced"),
        ("pre_inv", REOPENED, "definitive"),
        ("pre_inv", BLOCKED, "blocked"),
        ("definitive", Billed(live=True, reopened=True, blocked=True), "invoiced"),
        # No invoice moves what may not be billed: the change by hand came first, and stays.
        *((own, billed, own) for own in ("preliminary", "do_not_invoice", "cancelled") for billed in (LIVE, BLOCKED)),
    ],
)
def test_what_invoices_and_reversals_make_of_a_share(own: str, billed: Billed, status: str) -> None:
    assert share_status(own, billed) == status


@pytest.mark.rule("MA-INS-15")
@pytest.mark.parametrize(
    ("shares", "status"),
    [
        (["invoiced", "invoiced"], "invoiced"),
        (["invoiced", "definitive"], "definitive"),
        (["invoiced", "blocked"], "blocked"),
        (["blocked", "definitive"], "definitive"),
        (["blocked", "blocked"], "blocked"),
    ],
)
def test_an_insertion_is_invoiced_when_all_its_shares_are(shares: list[str], status: str) -> None:
    assert status_of("definitive", shares) == status


@pytest.mark.rule("MA-REG-11")
def test_do_not_invoice_beats_pre_inv() -> None:
    assert default_status([]) == "definitive"
    assert default_status(["pre_inv"]) == "pre_inv"
    assert default_status(["pre_inv", "do_not_invoice"]) == "do_not_invoice"


@pytest.mark.rule("PI-REQ-13", "PI-REQ-21", "PI-INT-10")
def test_what_no_saved_campaign_may_hold() -> None:
    sound = Item(1, date(2026, 1, 1), date(2026, 1, 31), "EUR")
    open_ended = Item(2, date(2026, 1, 1), None, "EUR")
    assert campaign_faults("EUR", 30, [sound, open_ended]) == []
    wrong = Item(3, date(2026, 2, 1), date(2026, 1, 31), "SEK")
    assert [fault.code for fault in campaign_faults("EUR", -1, [sound, wrong])] == ["pi_e_25", "pi_e_12", "pi_e_20"]


@pytest.mark.rule("PI-DST-03")
@pytest.mark.parametrize(
    ("online", "category", "tracking", "manual", "linear"),
    [
        (True, "CPM", False, False, False),
        (True, "vCPM", False, False, False),
        (False, "CPM", False, False, True),
        (True, "fixed", False, False, True),
        (False, "fixed", True, False, False),
        (False, "fixed", False, True, False),
    ],
)
def test_the_linear_switch_has_a_default(
    online: bool, category: str, tracking: bool, manual: bool, linear: bool
) -> None:
    assert (
        linear_by_default(online=online, billing_category=category, time_tracking=tracking, manual_quantity=manual)
        == linear
    )


@pytest.mark.rule("PI-REQ-04")
def test_a_cancelled_campaign_is_not_booked() -> None:
    assert book("proposal") == "booked"
    with pytest.raises(NotAllowedNow):
        book("cancelled")
