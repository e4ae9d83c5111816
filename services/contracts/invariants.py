"""What must hold in contracts' tables; each query returns the rows that break it."""

INVARIANTS: dict[str, str] = {
    "an approved line has as many units as it ordered (CT-LIN-32)": """
        SELECT l.id, l.quantity, count(s.id) AS units FROM contract_line l
        LEFT JOIN spot s ON s.tenant_id = l.tenant_id AND s.line_id = l.id
        WHERE l.kind = 'spots' AND l.status = 'approved' GROUP BY l.id, l.quantity HAVING count(s.id) <> l.quantity""",
    "a unit on a log has a place in one of its breaks (CT-LOG-03)": """
        SELECT id, state FROM spot WHERE state IN ('placed', 'locked') AND (log_on IS NULL OR break_id IS NULL)""",
    "a break holds no more units than it has avails (CT-LOG-03)": """
        SELECT b.id FROM log_break b JOIN spot s ON s.tenant_id = b.tenant_id AND s.break_id = b.id
        GROUP BY b.id, b.avail_count, b.seconds
        HAVING count(*) > b.avail_count OR sum(s.length_seconds) > b.seconds""",
    "an insertion's net-net is net less commissions (MA-INS-03)": """
        SELECT id FROM insertion WHERE net_net_amount <> net_amount - commission_amount""",
    "an insertion's price is its parts (MA-INS-07)": """
        SELECT id FROM insertion
        WHERE price_amount <> client_net_amount + fee_amount + capital_cost_amount + surcharge_amount""",
    "an invoiced insertion stands on an invoice that is not reversed (MA-INS-10)": """
        SELECT i.id FROM insertion i WHERE i.status = 'invoiced' AND NOT EXISTS (
          SELECT FROM invoiced_share s JOIN issued_invoice v ON v.tenant_id = s.tenant_id AND v.id = s.invoice_id
          WHERE s.tenant_id = i.tenant_id AND s.insertion_id = i.id AND NOT v.reversed)""",
    "a moved share is debited as it was credited (MA-CRD-16)": """
        SELECT m.id FROM allocation_move m
        JOIN insertion c ON c.tenant_id = m.tenant_id AND c.id = m.credit_id
        JOIN insertion d ON d.tenant_id = m.tenant_id AND d.id = m.debit_id
        WHERE m.step <> 'abandoned' AND (c.price_amount, c.net_net_amount) <> (-d.price_amount, -d.net_net_amount)""",
}
