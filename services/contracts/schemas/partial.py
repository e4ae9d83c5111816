"""The same fields, each of which may be left out: what a PATCH takes."""

from typing import Any

from pydantic import Field, create_model
from pydantic.fields import FieldInfo

from shared.events.fields import Shape


def partial(shape: type[Shape]) -> type[Shape]:
    """A shape's fields, none of them required; what is given is checked as strictly."""
    fields: dict[str, Any] = {
        name: (field.rebuild_annotation(), _left_out(field)) for name, field in shape.model_fields.items()
    }
    return create_model(shape.__name__.removesuffix("Shape") + "Patch", __base__=Shape, __doc__=shape.__doc__, **fields)


def _left_out(field: FieldInfo) -> Any:
    return Field(None, description=field.description)
