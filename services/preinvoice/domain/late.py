"""An invoice that comes after its run gave the draft up: the draft becomes what was invoiced (PI-RUN-07, PI-RUN-13)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.preinvoice.domain.draft import Draft, DraftLine


@dataclass(frozen=True, slots=True)
class Restored:
    """The draft as it was handed over, and what must give way to it.

    `trimmed` drafts lose lines that the invoice holds, `emptied` ones have nothing left. `billed_twice` are lines that
    meanwhile went to another invoice, or to a run that may issue one: a person must credit one of the two.
    """

    draft: Draft
    is_new: bool
    trimmed: tuple[Draft, ...]
    emptied: tuple[Draft, ...]
    billed_twice: tuple[DraftLine, ...]


def follows(current: Draft | None, handed_over: Draft) -> bool:
    """Whether the draft still is what was handed over."""
    return current is not None and (current.header, current.lines) == (handed_over.header, handed_over.lines)


def restore(handed_over: Draft, existing: Sequence[Draft]) -> Restored:
    """Bring back what was handed over beside the campaign's drafts as they are now, one version on.

    Lines of drafts that are not on their way to an invoice give way. What was billed twice stays on the restored draft
    for the record, marked as not counting.
    """
    keys = {line.key for line in handed_over.lines}
    current = next((draft for draft in existing if draft.id == handed_over.id), None)
    others = [
        draft
        for draft in existing
        if draft is not current and draft.key.kind == "regular" and draft.status != "cancelled"
    ]
    holding = [draft for draft in others if any(line.key in keys and not line.reversed for line in draft.lines)]
    yielding = [draft for draft in holding if not draft.locked and draft.status != "invoiced"]
    firm = {line.key for draft in holding if draft not in yielding for line in draft.lines if not line.reversed}
    left = {draft.id: tuple(line for line in draft.lines if line.key not in keys) for draft in yielding}
    lines = tuple(replace(line, reversed=line.key in firm) for line in handed_over.lines)
    standing = [draft for draft in others if left.get(draft.id, draft.lines)]
    same_key = [draft.sequence_no for draft in standing if draft.key == handed_over.key]
    taken = handed_over.sequence_no in same_key
    return Restored(
        draft=replace(
            handed_over,
            version=max(handed_over.version, current.version if current else 0) + 1,
            sequence_no=1 + max(same_key) if taken else handed_over.sequence_no,
            lines=lines,
        ),
        is_new=current is None,
        trimmed=tuple(
            replace(draft, version=draft.version + 1, lines=left[draft.id]) for draft in yielding if left[draft.id]
        ),
        emptied=tuple(draft for draft in yielding if not left[draft.id]),
        billed_twice=tuple(line for line in lines if line.reversed),
    )
