"""What must hold in reconciliation's books; each query returns the rows that break it (reliability.md section 11)."""

from collections.abc import Mapping

INVARIANTS: Mapping[str, str] = {
    "I1 voucher numbers run without gap or repeat": """
        SELECT s.id FROM series s LEFT JOIN voucher v ON v.tenant_id = s.tenant_id AND v.series_id = s.id
        GROUP BY s.tenant_id, s.id, s.first_no, s.next_no
        HAVING count(v.no) <> s.next_no - s.first_no OR count(DISTINCT v.no) <> count(v.no)
          OR coalesce(max(v.no), s.first_no - 1) <> s.next_no - 1""",
    "I2 a later voucher number is never drawn earlier": """
        SELECT * FROM (SELECT id, created_at < lag(created_at) OVER (PARTITION BY series_id ORDER BY no) AS bad
          FROM voucher) numbered WHERE bad""",
    "I3 every voucher balances": """
        SELECT voucher_id FROM voucher_line GROUP BY tenant_id, voucher_id HAVING sum(debit) <> sum(credit)""",
    "I4 a media invoice comes to its lines and its rounding": """
        SELECT m.id FROM media_invoice m
        LEFT JOIN media_invoice_line l ON l.tenant_id = m.tenant_id AND l.media_invoice_id = m.id
        WHERE m.state <> 'pending' GROUP BY m.tenant_id, m.id
        HAVING m.amount <> coalesce(sum(l.net_net_amount), 0) + m.rounding_amount OR m.line_count <> count(l.id)
          OR count(l.insertion_id) <> count(l.id) OR NOT bool_and(l.marked)""",
    "I5 a saved media invoice with amounts has its voucher, and a cancelled one its mirror": """
        SELECT m.id FROM media_invoice m WHERE m.state <> 'pending' AND (m.voucher_id IS NULL
          OR (m.state = 'cancelled' AND m.cancelled_voucher_id IS NULL)) AND EXISTS (SELECT FROM media_invoice_line l
            WHERE l.tenant_id = m.tenant_id AND l.media_invoice_id = m.id AND l.net_net_amount <> 0)""",
    "I6 a supplier's invoice number is saved once": """
        SELECT supplier_id, invoice_no FROM media_invoice WHERE state = 'saved'
        GROUP BY tenant_id, supplier_id, invoice_no HAVING count(*) > 1""",
    "a discrepancy is the sum of its ledger rows (MA-REC-01)": """
        SELECT coalesce(d.insertion_id, e.insertion_id) AS insertion_id FROM discrepancy d FULL JOIN (
          SELECT tenant_id, insertion_id, sum(net_amount) AS net, sum(net_net_amount) AS net_net,
            sum(billed_amount) AS billed,
            -coalesce(sum(net_net_amount) FILTER (WHERE kind = 'write_off'), 0) AS written_off
          FROM deduction_entry GROUP BY tenant_id, insertion_id
        ) e ON e.tenant_id = d.tenant_id AND e.insertion_id = d.insertion_id
        WHERE d.discrepancy_net_amount IS DISTINCT FROM e.net OR d.discrepancy_net_net_amount IS DISTINCT FROM e.net_net
          OR d.billed_amount IS DISTINCT FROM e.billed OR d.written_off_amount IS DISTINCT FROM e.written_off""",
    "what reconciliation posts on the deduction account is what its ledger rows say (MA-REC-06)": """
        SELECT coalesce(v.legal_entity_id, e.legal_entity_id) AS legal_entity_id, v.posted, e.booked FROM (
          SELECT v.tenant_id, v.legal_entity_id, v.accounting_on, sum(l.credit - l.debit) AS posted FROM voucher v
          JOIN voucher_line l ON l.tenant_id = v.tenant_id AND l.voucher_id = v.id AND l.role = 'media_deduction'
          GROUP BY v.tenant_id, v.legal_entity_id, v.accounting_on
        ) v FULL JOIN (
          SELECT tenant_id, legal_entity_id, accounting_on, sum(net_net_amount) AS booked FROM deduction_entry
          WHERE kind <> 'client' GROUP BY tenant_id, legal_entity_id, accounting_on
        ) e ON e.tenant_id = v.tenant_id AND e.legal_entity_id = v.legal_entity_id
          AND e.accounting_on = v.accounting_on
        WHERE coalesce(v.posted, 0) <> coalesce(e.booked, 0)""",
    "what an invoice to a client posted on the deduction account stands on its insertions (MA-REC-06)": """
        SELECT c.id, c.invoice_no FROM client_invoice c
        JOIN legal_entity n ON n.tenant_id = c.tenant_id AND n.id = c.legal_entity_id
        LEFT JOIN deduction_entry e ON e.tenant_id = c.tenant_id AND e.source_id = c.id
        GROUP BY c.tenant_id, c.id, c.invoice_no, c.media_deduction_amount, n.currency_places
        HAVING coalesce(sum(e.net_net_amount), 0) <> c.media_deduction_amount * 10::numeric ^ n.currency_places""",
    "no line of an invoice waits for ever": """
        SELECT l.id FROM waiting_line l
        JOIN client_invoice c ON c.tenant_id = l.tenant_id AND c.id = l.client_invoice_id
        JOIN legal_entity e ON e.tenant_id = l.tenant_id AND e.id = c.legal_entity_id
        JOIN insertion i ON i.tenant_id = l.tenant_id AND i.id = l.insertion_id""",
    "no more is undone of a write-off than was written off (MA-REC-17)": """
        SELECT coalesce(w.reverses_id, w.id) AS write_off_id, r.insertion_id FROM write_off w
        JOIN write_off_row r ON r.tenant_id = w.tenant_id AND r.write_off_id = w.id
        GROUP BY w.tenant_id, coalesce(w.reverses_id, w.id), r.insertion_id
        HAVING sign(sum(r.amount)) NOT IN (0, sign(max(r.amount) FILTER (WHERE w.reverses_id IS NULL)))""",
}
