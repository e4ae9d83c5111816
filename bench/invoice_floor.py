"""The floor of the invoice run: one transaction of plain set-based SQL on the same tables, keys and triggers.

It bills everything definitive, one invoice per client, knows no rule beyond that, and leaves the same invoices, lines,
numbers, vouchers and events as the run does.
"""

from uuid import UUID

import asyncpg

_HEADERS = """
INSERT INTO invoice (tenant_id, id, version, kind, variant, document, state, legal_entity_id, client_id,
  invoice_run_id, invoice_no, invoice_on, accounting_on, due_on, currency, exchange_rate, gross_amount,
  discount_amount, agency_commission_amount, net_amount, vat, vat_amount, total_amount, sales_commission_amount,
  media_deduction_amount, client_reference, text, frozen, line_count, block_items)
SELECT $1, (left($2::uuid::text, 24) || lpad(to_hex(row_number() OVER (ORDER BY client_id)), 12, '0'))::uuid,
  1, 'media', 'normal', 'invoice', 'pending', legal_entity_id, client_id, $2, '', $3::date, $3::date,
  $3::date + payment_days, currency, 1, net, 0, 0, net,
  jsonb_build_array(jsonb_build_object('percent', vat_percent::text, 'base_amount', net, 'vat_amount', vat)), vat,
  net + vat, 0, net_net, '', '', jsonb_build_object('seller', seller, 'buyer', buyer), lines, false
FROM (
  SELECT c.id AS client_id, c.legal_entity_id, c.payment_days, i.currency, c.vat_percent, to_jsonb(e) AS seller,
    to_jsonb(c) AS buyer, sum(i.price_amount)::bigint AS net, sum(i.net_net_amount)::bigint AS net_net,
    round(sum(i.price_amount) * c.vat_percent / 100)::bigint AS vat, count(*) AS lines
  FROM billable_item i JOIN client c ON c.tenant_id = $1 AND c.id = i.client_id
  JOIN legal_entity e ON e.tenant_id = $1 AND e.id = c.legal_entity_id
  WHERE i.tenant_id = $1 AND i.origin = 'insertion' AND i.status = 'definitive' AND NOT i.ad_check_missing
    AND NOT EXISTS (SELECT FROM invoice_line l WHERE l.tenant_id = $1 AND l.billable_item_id = i.id AND NOT l.reversed)
  GROUP BY c.tenant_id, c.id, e.tenant_id, e.id, i.currency) AS billed
"""
_LINES = """
INSERT INTO invoice_line (tenant_id, invoice_id, line_no, billable_item_id, portion, reversed, order_no, media_id,
  media_name, text, dated_on, vat_percent, gross_amount, net_amount, net_net_amount, client_net_amount, fee_amount,
  capital_cost_amount, amount)
SELECT $1, v.id, row_number() OVER (PARTITION BY v.id ORDER BY i.order_no, i.dated_on, i.id), i.id, 'whole', false,
  i.order_no, i.media_id, i.media_name, i.text, i.dated_on, c.vat_percent, i.gross_amount, i.net_amount,
  i.net_net_amount, i.client_net_amount, i.fee_amount, i.capital_cost_amount, i.price_amount
FROM billable_item i JOIN invoice v ON v.tenant_id = $1 AND v.invoice_run_id = $2 AND v.client_id = i.client_id
JOIN client c ON c.tenant_id = $1 AND c.id = i.client_id
WHERE i.tenant_id = $1 AND i.origin = 'insertion' AND i.status = 'definitive' AND NOT i.ad_check_missing
  AND NOT EXISTS (SELECT FROM invoice_line l WHERE l.tenant_id = $1 AND l.billable_item_id = i.id AND NOT l.reversed)
"""
_SERIES = """
INSERT INTO series (tenant_id, id, legal_entity_id, kind, year, prefix, first_no, next_no, status)
SELECT $1, gen_random_uuid(), $2, kind, $3, prefix, 1, 1 + $4::bigint, 'open'
FROM (VALUES ('invoice', 'N'), ('voucher', 'V')) AS made(kind, prefix)
"""
_NUMBERS = """
UPDATE invoice v SET state = 'issued', series_id = s.id, no = n.no, invoice_no = 'N2026-' || lpad(n.no::text, 5, '0'),
  issued_at = clock_timestamp()
FROM (SELECT id, row_number() OVER (ORDER BY id) AS no FROM invoice WHERE tenant_id = $1 AND invoice_run_id = $2) AS n,
  series s
WHERE v.tenant_id = $1 AND v.id = n.id AND s.tenant_id = $1 AND s.kind = 'invoice'
"""
_VOUCHERS = """
INSERT INTO voucher (tenant_id, id, legal_entity_id, source, source_id, series_id, no, voucher_no, accounting_on,
  client_id, currency)
SELECT $1, gen_random_uuid(), v.legal_entity_id, 'invoice', v.id, s.id, v.no, 'V2026-' || lpad(v.no::text, 5, '0'),
  v.accounting_on, v.client_id, v.currency
FROM invoice v JOIN series s ON s.tenant_id = $1 AND s.kind = 'voucher' WHERE v.tenant_id = $1 AND v.invoice_run_id = $2
"""
_VOUCHER_LINES = """
INSERT INTO voucher_line (tenant_id, voucher_id, line_no, role, media_id, plan_id, order_id, insertion_id, currency,
  debit, credit, account_no)
SELECT $1, voucher_id, row_number() OVER (PARTITION BY voucher_id), role, media_id, plan_id, order_id, insertion_id,
  'EUR', debit, credit, '1000'
FROM (
  WITH posted AS (
    SELECT o.id AS voucher_id, v.* FROM voucher o JOIN invoice v ON v.tenant_id = $1 AND v.id = o.source_id
    WHERE o.tenant_id = $1 AND v.invoice_run_id = $2
  ), billed AS (
    SELECT p.voucher_id, l.media_id, i.plan_id, i.order_id, i.origin_id AS insertion_id,
      l.amount - l.fee_amount - l.capital_cost_amount AS sold, l.net_net_amount, l.fee_amount, l.capital_cost_amount
    FROM posted p JOIN invoice_line l ON l.tenant_id = $1 AND l.invoice_id = p.id
    JOIN billable_item i ON i.tenant_id = $1 AND i.id = l.billable_item_id
  )
  SELECT voucher_id, 'accounts_receivable' AS role, NULL::uuid AS media_id, NULL::uuid AS plan_id,
    NULL::uuid AS order_id, NULL::uuid AS insertion_id, total_amount AS debit, 0::bigint AS credit
  FROM posted
  UNION ALL SELECT voucher_id, 'output_vat', NULL, NULL, NULL, NULL, 0, vat_amount FROM posted
  UNION ALL SELECT b.voucher_id, side.role, b.media_id, b.plan_id, b.order_id, b.insertion_id, side.debit, side.credit
  FROM billed b CROSS JOIN LATERAL (VALUES
    ('media_sales', 0, b.sold), ('fee_revenue', 0, b.fee_amount), ('capital_cost_revenue', 0, b.capital_cost_amount),
    ('media_cost', b.net_net_amount, 0), ('media_deduction', 0, b.net_net_amount)) AS side(role, debit, credit)
) AS sides WHERE debit <> credit
"""
_STREAMS = """
INSERT INTO stream (tenant_id, aggregate_type, aggregate_id, sequence)
SELECT $1, 'invoicing.invoice', id, 1 FROM invoice WHERE tenant_id = $1 AND invoice_run_id = $2
"""
_EVENTS = """
INSERT INTO outbox (event_id, tenant_id, aggregate_type, aggregate_id, sequence, routing_key, envelope, occurred_at)
SELECT gen_random_uuid(), $1, 'invoicing.invoice', v.id, 1, 'invoicing.invoice.issued.v1',
  json_build_object('specversion', '1.0', 'id', gen_random_uuid(), 'source', '/' || $1::uuid || '/invoicing', 'type',
    'mediabilling.invoicing.invoice.issued.v1', 'subject', v.id, 'time', now(), 'datacontenttype', 'application/json',
    'sequence', 1, 'tenantid', $1::uuid, 'correlationid', $2::uuid,
    'data', to_jsonb(v) - 'frozen' || jsonb_build_object('lines', l.lines)),
  now()
FROM invoice v JOIN (
  SELECT invoice_id, jsonb_agg(jsonb_build_object('id', gen_random_uuid(), 'line_no', line_no, 'billable_item_id',
    billable_item_id, 'origin', 'insertion', 'origin_id', billable_item_id, 'net_amount',
    (net_amount / 100.0)::numeric(18, 2)::text, 'net_net_amount', (net_net_amount / 100.0)::numeric(18, 2)::text,
    'client_net_amount',
    (client_net_amount / 100.0)::numeric(18, 2)::text, 'fee_amount', (fee_amount / 100.0)::numeric(18, 2)::text,
    'capital_cost_amount', (capital_cost_amount / 100.0)::numeric(18, 2)::text,
    'amount', (amount / 100.0)::numeric(18, 2)::text) ORDER BY line_no) AS lines
  FROM invoice_line WHERE tenant_id = $1 GROUP BY invoice_id) AS l ON l.invoice_id = v.id
WHERE v.tenant_id = $1 AND v.invoice_run_id = $2
"""


async def bill_in_sql(connection: asyncpg.Connection, tenant_id: UUID, run_id: UUID, *, invoice_on: object) -> None:
    """All in one transaction of the owner, who may ANALYZE between the steps; row security binds it too."""
    async with connection.transaction():
        await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(tenant_id))
        await connection.execute(_HEADERS, tenant_id, run_id, invoice_on)
        await connection.execute("ANALYZE invoice")
        await connection.execute(_LINES, tenant_id, run_id)
        await connection.execute("ANALYZE invoice_line")
        count, legal_entity_id = await connection.fetchrow(
            "SELECT count(*), (array_agg(legal_entity_id))[1] FROM invoice WHERE invoice_run_id = $1", run_id
        )
        await connection.execute(_SERIES, tenant_id, legal_entity_id, 2026, count)
        await connection.execute(_NUMBERS, tenant_id, run_id)
        await connection.execute(_VOUCHERS, tenant_id, run_id)
        await connection.execute("ANALYZE voucher")
        for statement in (_VOUCHER_LINES, _STREAMS, _EVENTS):
            await connection.execute(statement, tenant_id, run_id)
