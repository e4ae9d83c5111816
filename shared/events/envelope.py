"""The CloudEvents 1.0 envelope in structured mode, and `Fact`, the base of everything a service tells."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from shared.events.fields import Moment

TYPE_PREFIX = "mediabilling."
CONTENT_TYPE = "application/cloudevents+json"
# One message never holds more than this.
MESSAGE_BYTES_MAX = 1_048_576
BATCH_ITEMS_MAX = 500


class Fact(BaseModel):
    """Something that happened, carrying its aggregate's whole public state; within a version only optional fields join.

    TYPE is `<service>.<aggregate>.<past_participle>.v<n>`, which is also the routing key; SUBJECT names the field that
    holds the aggregate's id. A BATCH fact has `items` instead, and is an aggregate of its own. ORDERED facts are saga
    steps: consumers apply each of them in sequence, where of any other fact the newest is enough.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    SUBJECT: ClassVar[str] = "id"
    BATCH: ClassVar[bool] = False
    ORDERED: ClassVar[bool] = False

    @classmethod
    def service(cls) -> str:
        """The service that tells it, such as `contracts`."""
        return cls.TYPE.split(".", 1)[0]

    @classmethod
    def aggregate_type(cls) -> str:
        """What it is told about, such as `contracts.contract`."""
        return aggregate_of(cls.TYPE)


@lru_cache(maxsize=1024)
def aggregate_of(routing_key: str) -> str:
    """Service and aggregate of a type; sequences count within it."""
    return ".".join(routing_key.split(".")[:2])


FactT = TypeVar("FactT", bound=Fact)
# Handlers of any fact meet in one mapping, so the type of what they receive varies with the key.
FactT_co = TypeVar("FactT_co", bound=Fact, covariant=True)


class Envelope(BaseModel):
    """The attributes around a fact; unknown ones are ignored, as CloudEvents demands."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = Field(examples=["/0198f0c2-0000-7000-8000-000000000001/contracts"])
    type: str = Field(pattern=r"^mediabilling(\.[a-z_]+){3}\.v[1-9][0-9]*$")
    subject: UUID
    time: Moment
    datacontenttype: Literal["application/json"] = "application/json"
    sequence: int = Field(ge=1, description="Counts the events of one aggregate from 1, without holes.")
    tenantid: UUID
    correlationid: UUID
    causationid: UUID | None = None
    traceparent: str | None = None
    legalentityid: UUID | None = None
    data: dict[str, Any]

    @property
    def routing_key(self) -> str:
        """The type without the house's prefix."""
        return self.type.removeprefix(TYPE_PREFIX)


@dataclass(frozen=True, slots=True)
class Received(Generic[FactT_co]):
    """A fact as a handler gets it, with what its envelope said."""

    event_id: UUID
    subject: UUID
    sequence: int
    tenant_id: UUID
    correlation_id: UUID
    occurred_at: datetime
    data: FactT_co


def envelope_json(
    told: type[Fact],
    data: bytes,
    *,
    event_id: UUID,
    subject: UUID,
    legal_entity_id: UUID | None,
    tenant_id: UUID,
    correlation_id: UUID,
    causation_id: UUID | None,
    occurred_at: datetime,
    traceparent: str | None,
) -> bytes:
    """The envelope around a fact's JSON, still without its `sequence`: the database counts that under a lock."""
    optional = {"causationid": causation_id, "traceparent": traceparent, "legalentityid": legal_entity_id}
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": source_of(tenant_id, told.service()),
            "type": TYPE_PREFIX + told.TYPE,
            "subject": subject,
            "time": occurred_at,
            "datacontenttype": "application/json",
            "tenantid": tenant_id,
            "correlationid": correlation_id,
            **{name: value for name, value in optional.items() if value is not None},
            "data": orjson.Fragment(data),
        },
        # The driver's own UUIDs are a subclass, which orjson does not know.
        default=str,
        option=orjson.OPT_UTC_Z,
    )


def source_of(tenant_id: UUID, service: str) -> str:
    """The `source` attribute: whose fact it is, and who tells it."""
    return f"/{tenant_id}/{service}"
