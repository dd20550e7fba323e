"""What Anthropic's types of the Messages API say of the requests that are made here, as JSON Schema:

    pip install anthropic==2.14.0 pydantic
    python excerpt.py > anthropic.json

The package's types are generated from Anthropic's own description of its API; its licence is beside this
file. Of what messages and tools may be, only text and tools of one's own are kept.
"""

import json
import sys

import anthropic
from anthropic.types.message_create_params import MessageCreateParamsBase
from pydantic import TypeAdapter

PROSE = {"title", "description", "default"}
KEPT = {"TextBlockParam", "ToolParam"}


def without_prose(schema, is_names=False):
    """Names of properties are no keywords."""
    if isinstance(schema, list):
        return [without_prose(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: without_prose(value, key in ("properties", "$defs") and not is_names)
        for key, value in schema.items()
        if is_names or key not in PROSE
    }


def name(schema):
    return schema.get("$ref", "").rsplit("/", 1)[-1]


def narrowed(schema):
    """Without the other kinds of what is kept."""
    if isinstance(schema, list):
        return [narrowed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: narrowed(value) for key, value in schema.items()}
    kinds = schema.get("anyOf", [])
    if any(name(one) in KEPT for one in kinds):
        schema["anyOf"] = [one for one in kinds if name(one) in KEPT]
    return schema


def references(schema):
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield name(schema)
        schema = list(schema.values())
    if isinstance(schema, list):
        for item in schema:
            yield from references(item)


schema = narrowed(without_prose(TypeAdapter(MessageCreateParamsBase).json_schema()))
everything = schema.pop("$defs")
# What says how an answer is sent is a class of its own.
schema["properties"]["stream"] = {"type": "boolean"}

wanted, found = set(references(schema)), {}
while wanted:
    one = wanted.pop()
    found[one] = everything[one]
    wanted |= set(references(found[one])) - set(found)
# Nobody may add to a typed dictionary.
for one in [schema, *found.values()]:
    if one.get("type") == "object":
        one.setdefault("additionalProperties", False)
schema["$defs"] = dict(sorted(found.items()))
schema["$comment"] = f"anthropic {anthropic.__version__} for Python"
schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
json.dump(schema, sys.stdout, indent=1)
print()
