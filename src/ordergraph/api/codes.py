"""The codes of top-level errors, as README.md shows them: `errors[].extensions.code`."""

from typing import Final

# fmt: off
CODES: Final[dict[str, tuple[str, str]]] = {
    # code                           HTTP        what it means
    "UNAUTHENTICATED":              ("401",     "no token where one is needed; 401 for one that is not accepted"),
    "FORBIDDEN":                    ("403",     "a door for another role"),
    "BAD_USER_INPUT":               ("",        "a document or an argument that cannot be read; `path` says which field"),
    "OPERATION_RESOLUTION_FAILURE": ("400",     "`operationName` names none of the document's operations, or is needed to pick one"),
    "IDEMPOTENCY_KEY_REQUIRED":     ("",        "a mutation without a key; nothing of the request was done"),
    "LIMIT_EXCEEDED":               ("",        "a document that is too deep, wide or large, or whose answer is too long; `limit`, `maximum` and `found` say how"),
    "INTROSPECTION_DISABLED":       ("",        "the schema may not be asked for here"),
    "OPERATION_TIMEOUT":            ("504",     "it took too long, and nothing of it was changed, or all; repeat it with its key"),
    "CLIENT_CLOSED_REQUEST":        ("",        "nobody reads this: the client hung up, and its query ended"),
    "TRUSTED_DOCUMENTS_ONLY":       ("",        "the document is not among those that run here"),
    "PERSISTED_QUERY_NOT_FOUND":    ("",        "no trusted document has this id"),
    "PERSISTED_QUERY_NOT_SUPPORTED": ("",       "documents are not known by ids here: send the document"),
    "RATE_LIMITED":                 ("429",     "too much at once; `Retry-After` says when to come back"),
    "INTERNAL":                     ("500",     "ours: masked, with an `id` under which the log has it; send it again"),
    "BAD_REQUEST":                  ("400",     "no JSON, or one of more than 100 levels, no object, a member of another type, a subscription where none runs"),
    "CROSS_SITE_REQUEST":           ("403",     "a page of an origin that is not listed made a browser send it"),
    "NOT_FOUND":                    ("404",     "a path that leads nowhere; or what a subscription is to follow is not there, or not for you"),
    "METHOD_NOT_ALLOWED":           ("405",     "a mutation by GET; any other method"),
    "NOT_ACCEPTABLE":               ("406",     "the client takes nothing that is answered at this path"),
    "REQUEST_TIMEOUT":              ("408",     "a request, or its body, that does not come"),
    "PAYLOAD_TOO_LARGE":            ("413, 414, 431", "a body, a query string, or a request's head, over the limit"),
    "UNSUPPORTED_MEDIA_TYPE":       ("415",     "a body that is not `application/json`"),
}
# fmt: on
"""Every code, with the status under which a request gets it that never becomes an operation."""
