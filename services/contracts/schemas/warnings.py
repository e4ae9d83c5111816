"""What a good answer has to say beside its result (conventions.md section 2.2)."""

from uuid import UUID

from shared.events.fields import View


class WarningView(View):
    """Something a person should look at, though the request was carried out; `entity_id` is what it is about."""

    code: str
    text: str
    entity_id: UUID | None = None
