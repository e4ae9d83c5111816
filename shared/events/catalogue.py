"""The events as documents: a JSON Schema per type and one AsyncAPI 3.0 description, generated and committed."""

import json
from pathlib import Path
from typing import Any

from shared.events.envelope import CONTENT_TYPE, TYPE_PREFIX, Envelope, Fact
from shared.events.registry import facts
from shared.events.topology import EXCHANGE

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(fact: type[Fact]) -> dict[str, Any]:
    """The JSON Schema of a whole message that tells this fact."""
    envelope = Envelope.model_json_schema(mode="serialization")
    data = fact.model_json_schema(mode="serialization", ref_template="#/$defs/{model}")
    definitions = data.pop("$defs", {})
    properties = {
        **envelope["properties"],
        "type": {"const": TYPE_PREFIX + fact.TYPE},
        "data": data,
    }
    return {
        "$schema": _DIALECT,
        "$id": f"urn:mediabilling:event:{fact.TYPE}",
        "title": fact.__name__,
        "description": fact.__doc__ or "",
        "type": "object",
        "properties": properties,
        "required": sorted({*envelope["required"], "specversion", "type"}),
        "$defs": definitions,
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document: a channel, a message and a send operation for each type."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for key, fact in sorted(facts().items()):
        channels[key] = {
            "address": key,
            "messages": {"event": {"$ref": f"#/components/messages/{key}"}},
            "bindings": {
                "amqp": {"is": "routingKey", "exchange": {"name": EXCHANGE, "type": "topic", "durable": True}}
            },
        }
        operations[f"tell-{key}"] = {"action": "send", "channel": {"$ref": f"#/channels/{key}"}}
        messages[key] = {
            "name": TYPE_PREFIX + key,
            "title": fact.__name__,
            "summary": fact.__doc__ or "",
            "contentType": CONTENT_TYPE,
            "payload": {
                "schemaFormat": "application/schema+json;version=draft-2020-12",
                "schema": {"$ref": f"../shared/events/schemas/{key}.json"},
            },
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "mediabilling events",
            "version": "1",
            "description": "CloudEvents 1.0 in structured mode; see docs/conventions.md section 3.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def documents() -> dict[Path, str]:
    """Every generated file by its path below the repository, as it must be committed."""
    made = {Path("shared/events/schemas") / f"{key}.json": schema_of(fact) for key, fact in facts().items()}
    made[Path("docs/asyncapi.json")] = asyncapi()
    return {path: json.dumps(document, indent=2, ensure_ascii=False) + "\n" for path, document in made.items()}
