"""Does a live answer keep what the description promises? A small validator for the JSON Schema
(2020-12) words that data/api/openapi.json uses; another word is an error, so that none is passed
over."""
import json
import re
import uuid
from datetime import datetime
from pathlib import Path

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "data/api/openapi.json")
                      .read_text(encoding="utf-8"))
SAID_ONLY = {"description", "example", "contentEncoding", "default"}
TYPES = {"string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)}


class Broken(Exception):
    pass


def deref(node):
    while "$ref" in node:
        at = DOCUMENT
        for step in node["$ref"][2:].split("/"):
            at = at[step]
        node = at
    return node


def require(truth, where, what):
    if not truth:
        raise Broken(f"{where}: {what}")


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def is_format(value, name):
    if name == "binary" or value is None:
        return True
    try:
        if name == "uuid":
            return str(uuid.UUID(value)) == value
        return name == "date-time" and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def check_object(schema, value, where):
    for name in schema.get("required", []):
        require(name in value, where, f"without {name}")
    known = schema.get("properties", {})
    more = schema.get("additionalProperties", True)
    for name, inner in value.items():
        require(name in known or more is not False, where, f"unknown member {name}")
        if name in known or isinstance(more, dict):
            check(known.get(name, more), inner, f"{where}/{name}")


def fits(schema, value):
    try:
        check(schema, value, "")
        return True
    except Broken:
        return False


WORDS = {
    "type": lambda s, w, v: any(is_type(v, t) for t in (w if isinstance(w, list) else [w])),
    "const": lambda s, w, v: v == w,
    "enum": lambda s, w, v: v in w,
    "pattern": lambda s, w, v: not isinstance(v, str) or re.search(w, v) is not None,
    "format": lambda s, w, v: is_format(v, w),
    "minimum": lambda s, w, v: v is None or v >= w,
    "minLength": lambda s, w, v: len(v) >= w,
    "maxLength": lambda s, w, v: len(v) <= w,
    "maxItems": lambda s, w, v: len(v) <= w,
    "oneOf": lambda s, w, v: sum(fits(one, v) for one in w) == 1,
}
INSIDE = {"required", "properties", "additionalProperties", "items"}


def check(schema, value, where="answer"):
    schema = deref(schema)
    for word in schema:
        require(word in WORDS or word in INSIDE or word in SAID_ONLY, where, f"the word {word}")
    for word, rule in WORDS.items():
        if word in schema:
            require(rule(schema, schema[word], value), where, f"{word} {schema[word]}: {value!r}")
    if isinstance(value, dict):
        check_object(schema, value, where)
    if isinstance(value, list) and "items" in schema:
        for n, inner in enumerate(value):
            check(schema["items"], inner, f"{where}/{n}")


def operation_of(method, path):
    """The one that answers, or None. A path that stands there goes before one with {id}."""
    paths = DOCUMENT["paths"]
    for template in sorted(paths, key=lambda t: t.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return paths[template].get(method.lower())
    return None


def check_headers(answer, headers):
    for name, header in answer.get("headers", {}).items():
        value = headers.get(name)
        if value is None:
            require(name == "Retry-After", "headers", f"without {name}")
            continue
        schema = deref(header)["schema"]
        check(schema, int(value) if schema.get("type") == "integer" else value, f"header {name}")


def check_answer(method, path, status, headers, content):
    """Raises Broken. content: the bytes."""
    operation = operation_of("GET" if method == "HEAD" else method, path.split("?")[0])
    kind = headers.get("Content-Type", "").split(";")[0]
    if operation is None:
        require(status in (404, 405), path, f"status {status} where nothing is")
        answer = DOCUMENT["components"]["responses"]["NotFound" if status == 404
                                                     else "MethodNotAllowed"]
    else:
        require(str(status) in operation["responses"], path, f"status {status} is not promised")
        answer = deref(operation["responses"][str(status)])
    require(kind in answer["content"], path, f"content type {kind!r}")
    check_headers(answer, headers)
    if kind == "application/x-ndjson":
        for line in content.splitlines():
            check({"$ref": "#/components/schemas/LineResult"}, json.loads(line), path)
    elif kind.endswith("json"):
        check(answer["content"][kind]["schema"], json.loads(content), path)
