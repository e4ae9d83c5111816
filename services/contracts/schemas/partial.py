"""The same fields, each of which may be left out: what a PATCH takes."""

from itertools import islice
from typing import Any

from pydantic import Field, create_model
from pydantic.fields import FieldInfo

from shared.events.examples import example, example_of
from shared.events.fields import Shape


def partial(shape: type[Shape]) -> type[Shape]:
    """A shape's fields, none of them required; what is given is checked as strictly.

    As a patch names little, its example is the last field that the shape's example states.
    """
    fields: dict[str, Any] = {
        name: (field.rebuild_annotation(), _left_out(field)) for name, field in shape.model_fields.items()
    }
    base = type(shape.__name__, (Shape,), {"model_config": example(**_last(example_of(shape)))})
    return create_model(shape.__name__.removesuffix("Shape") + "Patch", __base__=base, __doc__=shape.__doc__, **fields)


def _last(stated: dict[str, Any]) -> dict[str, Any]:
    return dict(islice(reversed(stated.items()), 1))


def _left_out(field: FieldInfo) -> Any:
    return Field(None, description=field.description)
