"""What Schemathesis has to be told of our media types (SCHEMATHESIS_HOOKS)."""
import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context, value):
    """Lines are text; what is made up to be wrong may be anything."""
    if isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass")
