"""What the OpenAPI document says of every operation alike: identity, versions, keys, refusals."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers
from rest_framework.serializers import Serializer

TENANT_PREFIX = "/api/v1/tenants/{tenant_slug}/"
PROBLEM_TYPE = "application/problem+json"
WRITING = frozenset({"post", "put", "patch", "delete"})

IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the version you have seen; a weak one will do.",
    examples=[OpenApiExample("Version 3", value='"3"')],
)
ETAG = OpenApiParameter(
    "ETag",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    response=[200, 201],
    description="The version of this representation, for If-Match.",
)

IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 200, "pattern": "^[ -~]*$"},
    "description": "Any text of your own. The same key and body, sent again within 24 hours, "
    "answer the same and do nothing twice; another body with that key answers 422.",
}

TEXT = {"type": "string"}
PROBLEM = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457). Nothing was changed.",
    "properties": {
        "type": {**TEXT, "format": "uri", "description": "A name for the kind of problem."},
        "title": {**TEXT, "description": "The kind of problem, for people."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {**TEXT, "description": "What to do about it, for people."},
        "code": {**TEXT, "description": "Stable and in snake case: the one to compare with."},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": TEXT},
            "description": "What is wrong with each field, such as `cells.2026-01`.",
        },
        "request_id": {**TEXT, "description": "Names this request in our log."},
    },
    "required": ["type", "title", "status", "detail", "code", "errors", "request_id"],
    "example": {
        "type": "urn:tollgate:problem:stale",
        "title": "Somebody changed this meanwhile",
        "status": 412,
        "detail": "You saw version 3, the current version is 4. Reload and try again.",
        "code": "stale",
        "errors": {},
        "request_id": "5d2b1ee06a1e4c0c9e4e1e0b7e0d3c52",
    },
}

REFUSALS = {
    400: ("Invalid", "The request or a field is wrong; `errors` names each field."),
    401: ("Unauthenticated", "No credentials, or none that are good: `unauthenticated`."),
    403: ("Forbidden", "Visible, but not yours to do: `forbidden`, `token_read_only`, `csrf`."),
    404: ("NotFound", "Nothing here that you may see: `not_found`."),
    405: ("MethodNotAllowed", "This address does not do that: `method_not_allowed`."),
    406: ("NotAcceptable", "The answer is JSON alone: `not_acceptable`."),
    409: ("Conflict", "The current state does not allow it now: `conflict`, `busy` …"),
    411: ("LengthRequired", "The body's length is not announced: `length_required`."),
    412: ("Stale", "Somebody changed this meanwhile: `stale`."),
    413: ("TooLarge", "The body is too large: `too_large`."),
    415: ("UnsupportedMediaType", "The body is not JSON: `unsupported_media_type`."),
    422: ("Refused", "Understood, but a rule says no; `code` names the rule."),
    428: ("PreconditionRequired", "If-Match is missing: `precondition_required`."),
    429: ("TooManyCalls", "Too many calls; wait as long as `Retry-After` says: `throttled`."),
}
ALWAYS = (401, 403, 404, 405, 406, 429)
OF_WRITES = (400, 409, 411, 413, 415, 422)
OF_VERSIONS = (412, 428)


class CallerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """The two ways to say who asks: a token, or a signed-in browser."""

    target_class = "governance.web.authentication.ActorAuthentication"
    name = ["bearerToken", "browserSession"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]  # either, not both

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {
                "type": "http",
                "scheme": "bearer",
                "description": "A token of one member of one tenant; it carries its tenant.",
            },
            {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": "A signed-in browser; writes also send X-CSRFToken.",
            },
        ]


def page_of(row: type[Serializer[Any]]) -> type[Serializer[Any]]:
    """The documented shape of one page of a list."""
    name = row.__name__.removesuffix("Serializer")
    url = serializers.URLField(allow_null=True, help_text="The next page; null at the end.")
    back = serializers.URLField(allow_null=True, help_text="The page before; null on the first.")
    fields = {"results": row(many=True), "next": url, "previous": back}
    fields["__doc__"] = "One page of a list."  # type: ignore[assignment]  # a class's own text
    return type(f"{name}PageSerializer", (serializers.Serializer,), fields)


def complete(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Hook of drf-spectacular: what holds for every operation is said once, here."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["responses"] = {name: _answer(status) for status, (name, _text) in REFUSALS.items()}
    for address, operations in result["paths"].items():
        if address.startswith(TENANT_PREFIX):
            for method, operation in operations.items():
                _complete_operation(method, operation)
    result["paths"] = {
        address.replace("{tenant_slug}", "{tenant}"): operations
        for address, operations in result["paths"].items()
    }
    return result


def _answer(status: int) -> dict[str, Any]:
    problem = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answer: dict[str, Any] = {"description": REFUSALS[status][1], "content": problem}
    if status == 429:  # noqa: PLR2004  # the status is the fact
        seconds = {"schema": {"type": "integer"}, "description": "Seconds to wait."}
        answer["headers"] = {"Retry-After": seconds}
    return answer


def _complete_operation(method: str, operation: dict[str, Any]) -> None:
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        if parameter["name"] == "tenant_slug":
            parameter |= {"name": "tenant", "description": "The tenant's short name."}
    if method == "post":
        parameters.append(IDEMPOTENCY_KEY)
    names = {parameter["name"] for parameter in parameters}
    if any(parameter["in"] == "query" for parameter in parameters):
        operation["responses"]["400"] = {"$ref": "#/components/responses/Invalid"}
    for status in _refusals_of(method, names):
        operation["responses"][str(status)] = {
            "$ref": f"#/components/responses/{REFUSALS[status][0]}"
        }
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _refusals_of(method: str, parameters: set[str]) -> list[int]:
    statuses = list(ALWAYS)
    if method in WRITING:
        statuses += OF_WRITES
    if IF_MATCH.name in parameters:
        statuses += OF_VERSIONS
    return statuses
