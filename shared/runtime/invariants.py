"""What must hold in every service's database, for all tenants at once; each query returns the rows that break it."""

from collections.abc import Mapping

# reliability.md section 11, I7: a sequence without holes is what lets consumers trust the newest event.
PLUMBING: Mapping[str, str] = {
    "events of an aggregate are numbered without holes": """
        SELECT aggregate_type, aggregate_id FROM outbox
        GROUP BY aggregate_type, aggregate_id HAVING max(sequence) - min(sequence) + 1 <> count(*)""",
    "every counted event is in the outbox": """
        SELECT s.aggregate_type, s.aggregate_id, s.sequence FROM stream s
        LEFT JOIN outbox o USING (aggregate_type, aggregate_id, sequence) WHERE o.seq IS NULL""",
    "no message is parked": """
        SELECT event_id, event_type, reason, error FROM parked WHERE resolved_at IS NULL""",
    # I10: a table without its policy shows every tenant's rows to each of them.
    "every table of tenants is kept apart by tenant": """
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
          AND NOT (c.relrowsecurity AND c.relforcerowsecurity)""",
}
