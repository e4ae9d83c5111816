"""What must hold in every service's database; each query returns the rows that break it, and none when all is well."""

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
}
