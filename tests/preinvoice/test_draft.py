"""What may be done with a draft in which status, and what a billing run makes of it."""

from dataclasses import replace
from typing import Any

import pytest

from services.preinvoice.domain.billing_run import check_selection, is_zero, refusal, state_of
from services.preinvoice.domain.draft import Draft, Status, check_deletable, check_editable, check_move
from shared.kernel.errors import Fault, Invalid, NotAllowedNow
from shared.kernel.ids import derived_id
from tests.preinvoice.builders import campaign, day, generate, item, item_id, stored

STATUSES: list[Status] = ["draft", "created", "reviewed", "invoiced", "cancelled"]
ALLOWED = {
    ("draft", "created"),
    ("created", "draft"),
    ("created", "reviewed"),
    ("reviewed", "created"),
    ("draft", "reviewed"),
}
RUN = derived_id("run")
TODAY = day("2019-12-31")


def draft(**changes: Any) -> Draft:
    return replace(stored(generate(campaign()))[0], **changes)


def cancellation(**changes: Any) -> Draft:
    plain = draft(**changes)
    return replace(plain, key=replace(plain.key, kind="cancellation"))


def refused(check: Any, *arguments: Any, **named: Any) -> str | None:
    try:
        check(*arguments, **named)
    except NotAllowedNow as error:
        return error.code
    return None


@pytest.mark.rule("PI-GEN-17")
@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("after", STATUSES)
def test_users_make_five_moves_and_no_other(before: Status, after: Status) -> None:
    code = None if (before, after) in ALLOWED else "pi_e_48"
    assert refused(check_move, draft(status=before), after) == code


@pytest.mark.rule("PI-GEN-12", "PI-CAN-04")
@pytest.mark.parametrize(
    ("one", "typed", "code"),
    [
        (draft(status="draft"), {"text"}, None),
        (draft(status="created"), {"dispatch"}, None),
        (draft(status="reviewed"), {"text"}, "pi_e_31"),
        (draft(status="invoiced"), {"text"}, "pi_e_30"),
        (draft(billing_run_id=RUN), {"text"}, "pi_e_45"),
        (cancellation(), {"text", "manual_invoice_on"}, None),
        (cancellation(), {"dispatch"}, "pi_e_33"),
    ],
)
def test_edits_by_status(one: Draft, typed: set[str], code: str | None) -> None:
    assert refused(check_editable, one, typed=frozenset(typed)) == code


@pytest.mark.rule("PI-GEN-14", "PI-CAN-04")
@pytest.mark.parametrize(
    ("one", "code"),
    [
        (draft(status="draft"), None),
        (draft(status="created"), None),
        (draft(status="reviewed"), None),
        (draft(status="invoiced"), "pi_e_30"),
        (draft(billing_run_id=RUN), "pi_e_45"),
        (cancellation(), "pi_e_33"),
    ],
)
def test_deletion_by_status(one: Draft, code: str | None) -> None:
    assert refused(check_deletable, one) == code


@pytest.mark.rule("PI-RUN-02", "PI-RUN-05")
@pytest.mark.parametrize(
    ("one", "code"),
    [
        (draft(status="created"), None),
        (draft(status="reviewed"), None),
        (draft(status="draft"), "pi_e_41"),
        (draft(status="invoiced", billing_run_id=RUN), "pi_e_41"),
        (draft(billing_run_id=RUN), "pi_e_45"),
    ],
)
def test_only_free_created_and_reviewed_drafts_are_billed(one: Draft, code: str | None) -> None:
    found = refusal(one, [], TODAY)
    assert (found.code if found else None) == code


@pytest.mark.rule("PI-RUN-05")
def test_a_failed_prerequisite_of_another_drafts_item_does_not_count() -> None:
    mine = Fault("", "pi_e_09", "", "campaign_item", str(item_id(1)))
    other = Fault("", "pi_e_09", "", "campaign_item", str(item_id(2)))
    whole = Fault("", "pi_e_02", "", "campaign", str(derived_id("campaign")))
    assert refusal(draft(), [other], TODAY) is None
    assert refusal(draft(), [other, mine], TODAY) == mine
    assert refusal(draft(), [whole, mine], TODAY) == whole


@pytest.mark.rule("PI-DEL-14")
def test_a_pending_line_cannot_be_invoiced() -> None:
    counted = item(1, billing_basis="delivery", billing_category="CPM", booked_quantity=10)
    waiting = stored(generate(campaign(counted)))[0]
    found = refusal(waiting, [], TODAY)
    assert found is not None
    assert found.code == "pi_e_42"
    assert "2019-12-01..2019-12-07" in found.message


@pytest.mark.rule("PI-RUN-15")
def test_a_draft_of_zero_is_left_out_but_not_one_that_waits() -> None:
    free = stored(generate(campaign(item(1, amount="0.00"))))[0]
    counted = item(1, billing_basis="delivery", billing_category="CPM", booked_quantity=10)
    assert (is_zero(free), is_zero(draft())) == (True, False)
    assert is_zero(stored(generate(campaign(counted)))[0]) is False


@pytest.mark.rule("PI-RUN-01", "PI-RUN-03")
@pytest.mark.parametrize(("count", "code"), [(0, "pi_e_40"), (1, None), (2000, None), (2001, "pi_e_46")])
def test_a_run_takes_one_to_two_thousand_drafts(count: int, code: str | None) -> None:
    chosen = [derived_id(number) for number in range(count)]
    if code is None:
        check_selection(chosen)
    else:
        with pytest.raises(Invalid) as refusal_:
            check_selection(chosen)
        assert refusal_.value.code == code


@pytest.mark.rule("PI-RUN-11", "PI-RUN-14")
@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        (["locked", "refused"], "running"),
        (["invoiced", "skipped_zero"], "completed"),
        (["invoiced", "refused"], "completed_with_errors"),
        (["timed_out"], "completed_with_errors"),
    ],
)
def test_the_state_of_a_run_follows_from_its_drafts(outcomes: Any, state: str) -> None:
    assert state_of(outcomes) == state
