"""What must hold in preinvoice's tables; each query returns the rows that break it."""

from collections.abc import Mapping

INVARIANTS: Mapping[str, str] = {
    "a draft comes to its lines (PI-GEN-03)": """
        SELECT d.id, d.total_amount FROM draft_pre_invoice d
        LEFT JOIN draft_line l ON l.tenant_id = d.tenant_id AND l.draft_id = d.id
        GROUP BY d.tenant_id, d.id, d.total_amount
        HAVING d.total_amount <> coalesce(sum(l.amount), 0) OR count(l.id) = 0""",
    "an invoice comes from one draft, a draft from one run (PI-RUN-13)": """
        SELECT invoice_id FROM draft_pre_invoice WHERE invoice_id IS NOT NULL
        GROUP BY tenant_id, invoice_id HAVING count(*) > 1
        UNION ALL SELECT draft_id FROM billing_run_draft WHERE outcome = 'invoiced'
        GROUP BY tenant_id, draft_id HAVING count(*) > 1""",
    "a run that invoiced a draft names its invoice (PI-RUN-07)": """
        SELECT r.run_id, r.draft_id FROM billing_run_draft r
        LEFT JOIN draft_pre_invoice d ON d.tenant_id = r.tenant_id AND d.id = r.draft_id
        WHERE r.outcome = 'invoiced'
          AND (d.billing_run_id IS DISTINCT FROM r.run_id OR d.invoice_no <> r.invoice_no)""",
    "a draft is held by the run that waits for its answer (PI-RUN-05)": """
        SELECT d.id, d.billing_run_id, r.run_id FROM
          (SELECT * FROM draft_pre_invoice WHERE billing_run_id IS NOT NULL AND invoice_id IS NULL) d
        FULL JOIN (SELECT * FROM billing_run_draft WHERE outcome = 'locked') r
          ON r.tenant_id = d.tenant_id AND r.draft_id = d.id AND r.run_id = d.billing_run_id
        WHERE d.id IS NULL OR r.run_id IS NULL""",
    "a run that waits ends, and one that ended waits for nothing (PI-RUN-14)": """
        SELECT b.id, b.state FROM billing_run b WHERE (b.completed_at IS NULL) <> EXISTS (
          SELECT FROM billing_run_draft r
          WHERE r.tenant_id = b.tenant_id AND r.run_id = b.id AND r.outcome IN ('waiting', 'locked'))""",
    "a run counts what became of its drafts (PI-RUN-14)": """
        SELECT b.id FROM billing_run b JOIN billing_run_draft r ON r.tenant_id = b.tenant_id AND r.run_id = b.id
        GROUP BY b.tenant_id, b.id, b.draft_count, b.invoiced_count, b.skipped_count, b.failed_count
        HAVING b.draft_count <> count(*) OR b.invoiced_count <> count(*) FILTER (WHERE r.outcome = 'invoiced')
          OR b.skipped_count <> count(*) FILTER (WHERE r.outcome = 'skipped_zero')
          OR b.failed_count <> count(*) FILTER (WHERE r.outcome IN ('refused', 'timed_out', 'not_run'))""",
    "the lines of a linear item add up to it while nobody has changed either (PI-DST-12)": """
        SELECT i.id, i.amount, sum(l.amount) AS on_lines FROM campaign_item i
        JOIN media_campaign c ON c.tenant_id = i.tenant_id AND c.id = i.campaign_id
        LEFT JOIN draft_line l ON l.tenant_id = i.tenant_id AND l.item_id = i.id AND NOT l.reversed
        WHERE c.generated_version = c.version AND i.bill_me AND NOT i.cancelled AND i.billing_basis = 'linear'
        GROUP BY i.tenant_id, i.id, i.amount HAVING i.amount <> coalesce(sum(l.amount), 0)""",
    "an advance invoice comes to its printed bills (MA-PRE-01)": """
        SELECT a.id, a.printed_amount, sum(b.amount) AS on_bills FROM advance_invoice a
        LEFT JOIN advance_bill b ON b.tenant_id = a.tenant_id AND b.advance_id = a.id
          AND b.state IN ('printed', 'reversing')
        GROUP BY a.tenant_id, a.id, a.printed_amount, a.printed_base_amount
        HAVING a.printed_amount <> coalesce(sum(b.amount), 0)
          OR a.printed_base_amount <> coalesce(sum(b.base_amount), 0)""",
    "what is deducted of an advance invoice is what documents deducted of it (MA-PRE-14)": """
        SELECT a.id, a.deducted_amount, sum(e.amount) AS by_documents FROM advance_invoice a
        LEFT JOIN advance_entry e ON e.tenant_id = a.tenant_id AND e.advance_id = a.id
        GROUP BY a.tenant_id, a.id, a.deducted_amount, a.deducted_base_amount
        HAVING a.deducted_amount <> coalesce(sum(e.amount), 0)
          OR a.deducted_base_amount <> coalesce(sum(e.base_amount), 0)""",
    "no more is deducted or held of an advance invoice than was billed (MA-PRE-26)": """
        SELECT id, printed_amount, deducted_amount, reserved_amount FROM advance_invoice
        WHERE deducted_amount + reserved_amount > printed_amount OR reserved_amount < 0""",
    "a document gives back what it reverses deducted (MA-CRD-05)": """
        SELECT e.advance_id, e.invoice_id, e.amount FROM advance_entry e
        JOIN advance_entry d ON d.tenant_id = e.tenant_id AND d.advance_id = e.advance_id
          AND d.invoice_id = e.reverses_id
        WHERE (e.amount, e.base_amount) <> (-d.amount, -d.base_amount)""",
    "what is held of an advance invoice waits for an answer (MA-PRE-26)": """
        SELECT a.id, a.reserved_amount, held.amount FROM advance_invoice a LEFT JOIN (
          SELECT tenant_id, advance_id, sum(amount) AS amount, sum(base_amount) AS base_amount FROM (
            SELECT tenant_id, advance_id, open_amount AS amount, open_base_amount AS base_amount FROM deduction_take
            UNION ALL SELECT tenant_id, advance_id, amount, base_amount FROM advance_bill WHERE state = 'reversing'
            UNION ALL SELECT tenant_id, id, (settlement ->> 'amount')::bigint, (settlement ->> 'base_amount')::bigint
              FROM advance_invoice WHERE settlement ->> 'state' = 'requested'
          ) waiting GROUP BY tenant_id, advance_id
        ) held ON held.tenant_id = a.tenant_id AND held.advance_id = a.id
        WHERE a.reserved_amount <> coalesce(held.amount, 0)
          OR a.reserved_base_amount <> coalesce(held.base_amount, 0)""",
    "only a reservation that stands holds money (MA-INV-27)": """
        SELECT d.id, d.state, t.advance_id, t.open_amount FROM deduction d
        JOIN deduction_take t ON t.tenant_id = d.tenant_id AND t.deduction_id = d.id
        WHERE t.open_amount > t.amount OR (d.state <> 'reserved' AND t.open_amount <> 0)""",
}
