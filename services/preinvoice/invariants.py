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
}
