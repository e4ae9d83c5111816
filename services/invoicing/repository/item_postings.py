"""Rows of vouchers that follow from billed items, written where the items are."""

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from shared.runtime.bulk import slices
from shared.runtime.db import AsyncSession, context_of, driver

# In the place of a medium where an item has none: nothing but equality can be joined by a hash.
_NO_MEDIUM = UUID(int=0)
# Document rows come first; an item has at most five.
_FIRST_NO, _PER_ITEM = 100, 5
# First the rows, then their accounts: PostgreSQL thinks it clever to begin with every account for every item.
_POST = f"""
WITH posted AS MATERIALIZED (
  SELECT v.voucher_id, {_FIRST_NO} + {_PER_ITEM} * b.line_no + side.n AS line_no, v.chart, v.currency, side.role,
    side.credit, i.media_id, i.plan_id, i.order_id, i.origin_id
  FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::int[], $7::int[])
    AS v(voucher_id, chart, currency, portion, first, last)
  CROSS JOIN LATERAL unnest(($8::uuid[])[first:last]) WITH ORDINALITY AS b(item_id, line_no)
  JOIN billable_item i ON i.id = b.item_id
  CROSS JOIN LATERAL (VALUES
    (0, 'media_sales', i.price_amount - i.fee_amount - i.capital_cost_amount), (1, 'fee_revenue', i.fee_amount),
    (2, 'capital_cost_revenue', i.capital_cost_amount), (3, 'media_cost', -i.net_net_amount),
    (4, 'media_deduction', i.net_net_amount)) AS side(n, role, credit)
  WHERE side.credit <> 0 AND (v.portion = 'whole' OR (v.portion = 'commission') = (side.role = 'fee_revenue'))
)
INSERT INTO voucher_line (tenant_id, voucher_id, line_no, currency, role, media_id, debit, credit, plan_id, order_id,
  insertion_id, account_no)
SELECT $1, p.voucher_id, p.line_no, p.currency, p.role, p.media_id, greatest(-p.credit, 0), greatest(p.credit, 0),
  p.plan_id, p.order_id, p.origin_id, a.account_no
FROM posted p
JOIN unnest($9::int[], $10::text[], $11::uuid[], $12::text[]) AS a(chart, role, media_id, account_no)
  ON a.chart = p.chart AND a.role = p.role AND a.media_id = coalesce(p.media_id, '{_NO_MEDIUM}')
"""


class VoucherItems(NamedTuple):
    """A voucher and the items that it posts in `row_count` rows.

    `accounts` are those of its roles and media; where `chart` is the same, so are the accounts of what both have.
    `portion` is the part of each item that is posted.
    """

    voucher_id: UUID
    item_ids: Sequence[UUID]
    currency: str
    row_count: int
    chart: Hashable
    accounts: Mapping[tuple[str, UUID | None], str]
    portion: str


async def post_items(session: AsyncSession, vouchers: Sequence[VoucherItems]) -> None:
    """Write the rows of `item_sides`; the vouchers' own rows balance them, or the commit is refused."""
    if not vouchers:
        return
    charts: dict[Hashable, int] = {}
    chart_of = [charts.setdefault(one.chart, len(charts)) for one in vouchers]
    known = {
        (chart, role, media_id or _NO_MEDIUM): account_no
        for one, chart in zip(vouchers, chart_of, strict=True)
        for (role, media_id), account_no in one.accounts.items()
    }
    accounts = [(*key, account_no) for key, account_no in known.items()]
    done = await (await driver(session)).execute(
        _POST,
        context_of(session).tenant_id,
        [one.voucher_id for one in vouchers],
        chart_of,
        [one.currency for one in vouchers],
        [one.portion for one in vouchers],
        *slices(len(one.item_ids) for one in vouchers),
        [item_id for one in vouchers for item_id in one.item_ids],
        *map(list, zip(*accounts, strict=True)),
    )
    if done != f"INSERT 0 {sum(one.row_count for one in vouchers)}":
        raise AssertionError("the items do not post what was weighed")
