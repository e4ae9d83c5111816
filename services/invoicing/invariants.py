"""What must hold in invoicing's books; each query returns the rows that break it (reliability.md section 11)."""

from collections.abc import Mapping

INVARIANTS: Mapping[str, str] = {
    "I1 invoice numbers run without gap or repeat": """
        SELECT s.id FROM series s LEFT JOIN invoice i
          ON i.tenant_id = s.tenant_id AND i.series_id = s.id AND i.no IS NOT NULL
        WHERE s.kind <> 'voucher' GROUP BY s.tenant_id, s.id, s.first_no, s.next_no
        HAVING count(i.no) <> s.next_no - s.first_no OR count(DISTINCT i.no) <> count(i.no)
          OR coalesce(max(i.no), s.first_no - 1) <> s.next_no - 1""",
    "I1 voucher numbers run without gap or repeat": """
        SELECT s.id FROM series s LEFT JOIN voucher v ON v.tenant_id = s.tenant_id AND v.series_id = s.id
        WHERE s.kind = 'voucher' GROUP BY s.tenant_id, s.id, s.first_no, s.next_no
        HAVING count(v.no) <> s.next_no - s.first_no OR count(DISTINCT v.no) <> count(v.no)
          OR coalesce(max(v.no), s.first_no - 1) <> s.next_no - 1""",
    "I2 a later number is never issued earlier": """
        SELECT * FROM (SELECT id, issued_at < lag(issued_at) OVER (PARTITION BY series_id ORDER BY no) AS bad
          FROM invoice WHERE no IS NOT NULL) numbered WHERE bad""",
    "I3 every voucher balances": """
        SELECT voucher_id FROM voucher_line GROUP BY tenant_id, voucher_id, currency
        HAVING sum(debit) <> sum(credit)""",
    "I4 an issued invoice comes to its lines": """
        SELECT i.id FROM invoice i LEFT JOIN invoice_line l ON l.tenant_id = i.tenant_id AND l.invoice_id = i.id
        WHERE i.no IS NOT NULL GROUP BY i.tenant_id, i.id, i.gross_amount, i.line_count
        HAVING i.gross_amount <> coalesce(sum(l.amount), 0) OR i.line_count <> count(l.line_no)""",
    "I5 an issued invoice with amounts has its voucher": """
        SELECT i.id FROM invoice i WHERE i.no IS NOT NULL
          AND EXISTS (SELECT FROM invoice_line l
            WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id AND l.amount <> 0)
          AND NOT EXISTS (SELECT FROM voucher v
            WHERE v.tenant_id = i.tenant_id AND v.source = 'invoice' AND v.source_id = i.id)""",
    "an export comes to its vouchers": """
        SELECT e.id FROM voucher_export e
        LEFT JOIN voucher_export_item i ON i.tenant_id = e.tenant_id AND i.export_id = e.id
        LEFT JOIN voucher_line l ON l.tenant_id = i.tenant_id AND l.voucher_id = i.voucher_id
        GROUP BY e.tenant_id, e.id, e.voucher_count, e.debit_amount
        HAVING count(DISTINCT i.voucher_id) <> e.voucher_count OR coalesce(sum(l.debit), 0) <> e.debit_amount""",
    "nothing is posted in a period after it closed": """
        SELECT v.id FROM voucher v JOIN accounting_period p ON p.tenant_id = v.tenant_id
          AND p.legal_entity_id = v.legal_entity_id AND v.accounting_on BETWEEN p.from_on AND p.to_on
        WHERE p.state = 'closed' AND v.created_at > p.closed_at""",
    "I6 an item is billed once": """
        SELECT billable_item_id FROM invoice_line WHERE NOT reversed GROUP BY tenant_id, billable_item_id
        HAVING count(*) FILTER (WHERE portion <> 'commission') > 1 OR count(*) FILTER (WHERE portion <> 'media') > 1""",
    "an invoice is paid what its applications say": """
        SELECT i.id FROM invoice i LEFT JOIN payment_application a
          ON a.tenant_id = i.tenant_id AND a.invoice_id = i.id AND a.state = 'applied'
        GROUP BY i.tenant_id, i.id, i.paid_amount HAVING i.paid_amount <> coalesce(sum(a.amount), 0)""",
    "no payment is applied beyond its amount": """
        SELECT p.id FROM payment p JOIN payment_application a
          ON a.tenant_id = p.tenant_id AND a.payment_id = p.id AND a.state = 'applied'
        GROUP BY p.tenant_id, p.id, p.amount HAVING sum(a.amount) > p.amount""",
    "money is parked on open invoices only": """
        SELECT a.id FROM payment_application a JOIN invoice i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id
        WHERE a.state = 'parked' AND i.state NOT IN ('gathering', 'pending')""",
    "a deduction is a line of its document (MA-PRE-24)": """
        SELECT coalesce(d.invoice_id, l.invoice_id) AS invoice_id, d.advance_no, d.amount, l.amount AS on_line FROM (
          SELECT d.* FROM invoice_deduction d JOIN invoice i ON i.tenant_id = d.tenant_id AND i.id = d.invoice_id
        ) d FULL JOIN (
          SELECT l.* FROM invoice_line l JOIN billable_item i ON i.tenant_id = l.tenant_id
            AND i.id = l.billable_item_id AND i.origin = 'deduction'
        ) l ON l.tenant_id = d.tenant_id AND l.invoice_id = d.invoice_id AND l.line_no = d.line_no
        WHERE d.amount IS DISTINCT FROM -l.amount""",
    "a document clears on client advances what it deducts (MA-PRE-24)": """
        SELECT coalesce(d.invoice_id, p.invoice_id) AS invoice_id, d.amount, p.amount AS posted FROM (
          SELECT tenant_id, invoice_id, sum(base_amount) AS amount FROM invoice_deduction
          GROUP BY tenant_id, invoice_id
        ) d FULL JOIN (
          SELECT v.tenant_id, v.source_id AS invoice_id, sum(l.debit - l.credit) AS amount FROM voucher v
          JOIN voucher_line l ON l.tenant_id = v.tenant_id AND l.voucher_id = v.id AND l.role = 'client_advances'
          JOIN invoice i ON i.tenant_id = v.tenant_id AND i.id = v.source_id AND i.kind <> 'advance'
          WHERE v.source = 'invoice' GROUP BY v.tenant_id, v.source_id
        ) p ON p.tenant_id = d.tenant_id AND p.invoice_id = d.invoice_id
        WHERE d.amount IS DISTINCT FROM p.amount""",
    "no more of an advance invoice is deducted than was billed of it (MA-PRE-26)": """
        SELECT d.advance_invoice_id, sum(d.base_amount) AS deducted, b.billed FROM invoice_deduction d LEFT JOIN (
          SELECT i.tenant_id, i.advance_invoice_id, sum(l.credit - l.debit) AS billed FROM invoice i
          JOIN voucher v ON v.tenant_id = i.tenant_id AND v.source = 'invoice' AND v.source_id = i.id
          JOIN voucher_line l ON l.tenant_id = v.tenant_id AND l.voucher_id = v.id AND l.role = 'client_advances'
          WHERE i.kind = 'advance' GROUP BY i.tenant_id, i.advance_invoice_id
        ) b ON b.tenant_id = d.tenant_id AND b.advance_invoice_id = d.advance_invoice_id
        GROUP BY d.tenant_id, d.advance_invoice_id, b.billed
        HAVING sum(d.base_amount) > coalesce(b.billed, 0)""",
}
