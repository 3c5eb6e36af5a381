"""Faulty requests, over all routes: what is sent, and the problem that must name its fault.

Each is sent by an admin, so that nothing but the fault stands in its way. `{names}` in addresses and bodies are filled in by
test_faults.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.api.conftest import BILL, LAYOUT
from tests.jobs import THERAPIST

JSON = "application/json"
GENERATE = "POST /certificates/generate"
PREVIEW = "POST /certificates/preview"
VALIDATE = "POST /certificates/validate"
TEMPLATES = "POST /certificates/templates"
WEBHOOKS = "POST /webhooks"


@dataclass(frozen=True, slots=True)
class Faulty:
    """`body` is sent as JSON, `raw` as it is. `pointer` is one of those that the problem must have; None: it needs none."""

    route: str
    status: int
    code: str
    pointer: str | None = None
    fault: str | None = None
    body: Any = None
    raw: bytes | None = None
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, Any] | None = None


def job(**changes: Any) -> dict[str, Any]:
    return {"template": "plain", "items": [THERAPIST], **changes}


def item(**changes: Any) -> dict[str, Any]:
    """A job whose one item is changed; None takes a value away."""
    changed = {**THERAPIST, **changes}
    return job(items=[{name: value for name, value in changed.items() if value is not None}])


def bill(**changes: Any) -> dict[str, Any]:
    return {"template": "bill", "spa_id": "{spa_id}", "items": [{**BILL, **changes}]}


def line(**changes: Any) -> dict[str, Any]:
    return bill(lines=[{**BILL["lines"][0], **changes}])


def document(**changes: Any) -> dict[str, Any]:
    return {"name": "New", "kind": "spa_therapist", **LAYOUT, **changes}


def hook(**changes: Any) -> dict[str, Any]:
    return {"url": "https://hooks.example/", "events": ["job.completed"], **changes}


def wrong(route: str, pointer: str, fault: str | None, body: Any, *, code: str = "invalid_request") -> Faulty:
    """A body that can be read and is not what is asked for."""
    return Faulty(route, 422, code, pointer, fault, body)


def wrong_item(pointer: str, fault: str | None, body: Any) -> Faulty:
    return Faulty(GENERATE, 422, "invalid_items", f"/items/0/{pointer}", fault, body)


def malformed(code: str, raw: bytes) -> Faulty:
    return Faulty(GENERATE, 400, code, raw=raw)


FAULTY = [
    # Bodies that cannot be read.
    malformed("empty_body", b""),
    malformed("malformed_json", b"{"),
    malformed("malformed_json", b'{"template": "plain", "items": [NaN]}'),
    malformed("malformed_json", b'{"template": "\xff"}'),
    malformed("malformed_json", b'{"template": "\\udc00"}'),
    malformed("malformed_json", b"[" * 5000),
    malformed("too_deep", b'{"items": [' * 20 + b"]}" * 20),
    malformed("repeated_name", b'{"template": "plain", "template": "bill"}'),
    malformed("null_character", b'{"template": "plain", "items": [{"candidate_name": "A\\u0000B"}]}'),
    Faulty(
        GENERATE,
        415,
        "unsupported_body",
        raw=b"template=plain",
        content_type="application/x-www-form-urlencoded",
    ),
    Faulty(GENERATE, 415, "unsupported_body", raw=b"{}", content_type="text/plain"),
    Faulty(GENERATE, 415, "compressed_body", raw=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
    Faulty(GENERATE, 413, "too_large", raw=b" " * (12 * 1024 * 1024 + 1)),
    Faulty("POST /users", 400, "malformed_json", raw=b"{'name': 'A'}"),
    Faulty("POST /session", 400, "empty_body", raw=b""),
    # Jobs.
    wrong(GENERATE, "", "model_type", []),
    wrong(GENERATE, "/template", "missing", {"items": [THERAPIST]}),
    wrong(GENERATE, "/template", "bad_pattern", job(template="../etc/passwd")),
    wrong(GENERATE, "/template", "bad_pattern", job(template="plain@0")),
    wrong(GENERATE, "/template", "string_type", job(template=7)),
    Faulty(GENERATE, 404, "template_not_found", body=job(template="unknown")),
    Faulty(GENERATE, 404, "template_not_found", body=job(template="plain@7")),
    wrong(GENERATE, "/items", "missing", {"template": "plain"}),
    wrong(GENERATE, "/items", "too_few", job(items=[])),
    wrong(GENERATE, "/items", "too_many", job(items=[{}] * 10_001)),
    wrong(GENERATE, "/items", "list_type", job(items=THERAPIST)),
    wrong(GENERATE, "/items/1", "dict_type", job(items=[THERAPIST, "Ananya"])),
    wrong(GENERATE, "/colour", "unknown_field", job(colour="red")),
    wrong(GENERATE, "/renditions", "too_few", job(renditions=[])),
    wrong(GENERATE, "/renditions/1", "not_a_choice", job(renditions=["pdf", "gif"])),
    wrong(GENERATE, "/dpi", "too_small", job(dpi=10)),
    wrong(GENERATE, "/dpi", "too_large", job(dpi=1200)),
    wrong(GENERATE, "/dpi", "int_type", job(dpi="150")),
    wrong(GENERATE, "/is_public", "bool_type", job(is_public="yes")),
    wrong(GENERATE, "/priority", "too_large", job(priority=1000)),
    wrong(GENERATE, "/on_error", "not_a_choice", job(on_error="ignore")),
    wrong(GENERATE, "/external_id", "too_long", job(external_id="x" * 201)),
    wrong(GENERATE, "/spa_id", "uuid_parsing", job(spa_id="indiranagar")),
    wrong(GENERATE, "/spa_id", "missing", {"template": "bill", "items": [BILL]}),
    Faulty(
        GENERATE,
        422,
        "invalid_request",
        "Idempotency-Key:",
        body=job(),
        headers={"Idempotency-Key": "two words"},
    ),
    # Items.
    wrong_item("candidate_name", "missing", item(candidate_name=None)),
    wrong_item("candidate_name", "missing", item(candidate_name="   ")),
    wrong_item("candidate_name", "not_text", item(candidate_name=["Ananya"])),
    wrong_item("candidate_name", "too_long", item(candidate_name="अ" * 200)),
    wrong_item("candidate_name", None, item(candidate_name="A\u202eB")),
    wrong_item("candidate_name", None, item(candidate_name="line\x07bell")),
    wrong_item("candidate_nmae", "unknown_field", item(candidate_nmae="Ananya")),
    wrong_item("start_date", "not_a_date", item(start_date="03/11/2025")),
    wrong_item("start_date", "not_a_date", item(start_date="2025-02-30")),
    wrong_item("start_date", "not_a_date", item(start_date=20251103)),
    wrong_item("end_date", None, item(start_date="2025-12-12", end_date="2025-11-03")),
    wrong_item("passport_size_photo", None, item(passport_size_photo="photo.jpg")),
    wrong_item("passport_size_photo", "unknown_asset", item(passport_size_photo="sha256:" + "0" * 64)),
    wrong_item("passport_size_photo", None, item(passport_size_photo="data:image/png;base64,AAAA")),
    wrong_item("passport_size_photo", None, item(passport_size_photo="data:text/html;base64,AAAA")),
    wrong_item("passport_size_photo", None, item(passport_size_photo="data:image/png;base64,!!!!")),
    wrong_item("bill_number", None, bill(bill_number="0123456789/0123456789")),
    wrong_item("bill_number", None, bill(bill_number="BLR 418 €")),
    wrong_item("payment_mode", None, bill(payment_mode="Cowries")),
    wrong_item("card_number", None, bill(card_number="4821")),
    wrong_item("lines", None, bill(lines="massage")),
    wrong_item("lines/0/rate", "not_money", line(rate="a lot")),
    wrong_item("lines/0/rate", "money_range", line(rate="1" * 40)),
    wrong_item("lines/0/rate", "too_precise", line(rate="1.999")),
    wrong_item("lines/0/quantity", "not_a_number", line(quantity="many")),
    wrong_item("lines/0/tax_percent", "number_range", line(tax_percent=500)),
    wrong_item("lines/0/service_name", "missing", line(service_name=None)),
    wrong_item("lines/0/colour", "unknown_field", line(colour="red")),
    # Previews.
    wrong(PREVIEW, "/items", "too_many", job(items=[THERAPIST, THERAPIST])),
    Faulty(PREVIEW, 422, "invalid_values", "/items/0/start_date", body=item(start_date="soon")),
    wrong(f"{PREVIEW}?format=gif", "?format", "not_a_choice", job()),
    wrong(f"{PREVIEW}?page=0", "?page", "too_small", job()),
    Faulty(PREVIEW, 406, "not_acceptable", body=job(), headers={"Accept": "video/mp4"}),
    # Validation: what cannot be read as a job is refused as it is for one.
    Faulty(VALIDATE, 400, "empty_body", raw=b""),
    wrong(VALIDATE, "/items", "too_few", job(items=[])),
    wrong(VALIDATE, "/items", "too_many", job(items=[{}] * 10_001)),
    wrong(VALIDATE, "/colour", "unknown_field", job(colour="red")),
    wrong(VALIDATE, "/spa_id", "unknown_spa", job(spa_id="00000000-0000-0000-0000-000000000000")),
    Faulty(VALIDATE, 404, "template_not_found", body=job(template="unknown")),
    # Looking.
    wrong("GET /jobs?state=lost", "?state", "not_a_choice", None),
    wrong("GET /jobs?limit=0", "?limit", "too_small", None),
    wrong("GET /jobs?limit=ten", "?limit", "int_parsing", None),
    wrong("GET /jobs?cursor=nonsense", "?cursor", "bad_cursor", None),
    wrong("GET /jobs?page=2", "?page", "unknown_field", None),
    wrong("GET /jobs/{job_id}/items?state=lost", "?state", "not_a_choice", None),
    wrong("GET /jobs/{job_id}/items?cursor=WzFd0", "?cursor", "bad_cursor", None),
    wrong("GET /jobs/{job_id}/bundle?format=rar", "?format", "not_a_choice", None),
    wrong("GET /jobs/{job_id}/bundle?from=-1", "?from", "too_small", None),
    wrong("GET /jobs/{job_id}/bundle?to=all", "?to", "int_parsing", None),
    wrong("GET /jobs/{job_id}/bundle?first=1", "?first", "unknown_field", None),
    wrong("GET /jobs/{job_id}/bundle?from=1&to=0", "?to", "before_from", None),
    wrong("GET /jobs/{job_id}/bundle?from=1000000", "?from", "too_large", None),
    wrong("GET /jobs/{job_id}/bundle?format=zip&layout=sheets", "?layout", "not_with_zip", None),
    wrong("GET /jobs/{job_id}/bundle?format=pdf&rendition=pdf", "?rendition", "not_with_pdf", None),
    wrong("GET /jobs/{job_id}/bundle?rendition=webp", "?rendition", "not_rendered", None),
    Faulty("GET /jobs/{job_id}/bundle", 409, "job_under_way"),
    wrong("GET /certificates?spa_id=indiranagar", "?spa_id", "uuid_parsing", None),
    wrong("GET /certificates?issued_from=yesterday", "?issued_from", "date_from_datetime_parsing", None),
    wrong("GET /certificates?limit=1&limit=2", "?limit", "repeated", None),
    wrong("GET /certificates/generated/public?q=%00", "?q", "null_character", None),
    wrong("GET /certificates?kind=%00", "?kind", "null_character", None),
    wrong("GET /jobs?external_id=a%00", "?external_id", "null_character", None),
    wrong("GET /jobs/{job_id}/items?cursor=W3RydWVd", "?cursor", "bad_cursor", None),
    wrong(
        "GET /certificates/generated/public?cursor="
        "WyI5OTk5LTEyLTMxVDIzOjU5OjU5Ljk5OTk5OS0yMzo1OSIsIjAxYTIwN2FlNTE3Yjc3YTZhNTY5Mjk0Mjc0NTEzMTMyIl0",
        "?cursor",
        "bad_cursor",
        None,
    ),
    wrong(
        "POST /api-keys",
        "/expires_at",
        "not_a_moment",
        {"user_id": "{user_id}", "name": "x", "expires_at": "9999-12-31T23:59:59-23:59"},
    ),
    wrong("GET /certificates/generated/public?issued_to=9999-12-31", "?issued_to", "too_large", None),
    wrong(
        "GET /certificates/generated/public?issued_from=0001-01-01",
        "?issued_from",
        "too_small",
        None,
    ),
    wrong("GET /certificates/generated/public?q=", "?q", "too_short", None),
    wrong("GET /certificates/generated/public?state=revoked", "?state", "unknown_field", None),
    wrong("GET /certificates/user/{user_id}?cursor=%F0%9F%92%A5", "?cursor", "bad_cursor", None),
    Faulty("GET /jobs/7", 404, "not_found"),
    Faulty("GET /certificates/ananya", 404, "not_found"),
    Faulty("GET /certificates/{job_id}/files/passwd", 404, "not_found"),
    Faulty("POST /jobs/{job_id}/retry", 409, "job_under_way"),
    wrong("POST /certificates/{job_id}/revoke", "/reason", "missing", {}),
    wrong("POST /certificates/{job_id}/revoke", "/reason", "too_short", {"reason": "  "}),
    wrong("POST /certificates/{job_id}/revoke", "/reason", "too_long", {"reason": "x" * 501}),
    Faulty("POST /certificates/{job_id}/revoke", 404, "not_found", body={"reason": "Issued twice"}),
    Faulty("DELETE /jobs/{job_id}", 405, "method_not_allowed"),
    # Statistics.
    wrong("GET /statistics?from=yesterday", "?from", "date_from_datetime_parsing", None),
    wrong("GET /statistics?from=0001-01-01", "?from", "too_small", None),
    wrong("GET /statistics?to=9999-12-31", "?to", "too_large", None),
    wrong("GET /statistics?from=2026-01-02&to=2026-01-01", "?to", "before_from", None),
    wrong("GET /statistics?from=2026-01-02&to=2026-01-01&by=month", "?to", "before_from", None),
    wrong("GET /statistics?from=2025-01-01&to=2026-02-05", "?to", "too_long", None),
    wrong("GET /statistics?from=1900-01-01&to=2026-01-01&by=month", "?to", "too_long", None),
    wrong("GET /statistics?by=hour", "?by", "not_a_choice", None),
    wrong("GET /statistics?spa_id=indiranagar", "?spa_id", "uuid_parsing", None),
    wrong("GET /statistics?user_id=me", "?user_id", "uuid_parsing", None),
    wrong("GET /statistics?template=plain@0", "?template", "bad_pattern", None),
    wrong("GET /statistics?state=lost", "?state", "not_a_choice", None),
    wrong("GET /statistics?kind=%00", "?kind", "null_character", None),
    wrong("GET /statistics?group=spa", "?group", "unknown_field", None),
    # People.
    wrong("POST /users", "/name", "missing", {}),
    wrong("POST /users", "/name", "too_short", {"name": " "}),
    wrong("POST /users", "/email", "bad_pattern", {"name": "A", "email": "a@b"}),
    wrong("POST /users", "/role", "not_a_choice", {"name": "A", "role": "owner"}),
    wrong("POST /users", "/is_admin", "unknown_field", {"name": "A", "is_admin": True}),
    wrong("PUT /users/{user_id}", "/active", "missing", {"name": "A", "role": "user"}),
    Faulty("PUT /users/{admin_id}", 409, "last_admin", body={"name": "A", "role": "user", "active": True}),
    Faulty("PUT /users/{job_id}", 404, "not_found", body={"name": "A", "role": "user", "active": True}),
    wrong("POST /api-keys", "/user_id", "missing", {"name": "till"}),
    wrong("POST /api-keys", "/scopes", "too_few", {"user_id": "{user_id}", "name": "till", "scopes": []}),
    wrong(
        "POST /api-keys",
        "/scopes/0",
        "not_a_choice",
        {"user_id": "{user_id}", "name": "till", "scopes": ["all"]},
    ),
    wrong(
        "POST /api-keys",
        "/expires_at",
        "timezone_aware",
        {"user_id": "{user_id}", "name": "till", "expires_at": "2030-01-01T00:00:00"},
    ),
    wrong(
        "POST /api-keys",
        "/expires_at",
        "in_the_past",
        {"user_id": "{user_id}", "name": "till", "expires_at": "2020-01-01T00:00:00Z"},
    ),
    Faulty("POST /api-keys", 404, "not_found", body={"user_id": "{job_id}", "name": "till"}),
    Faulty("DELETE /api-keys/nothing", 404, "not_found"),
    wrong("POST /session", "/key", "missing", {}),
    Faulty("POST /session", 401, "key_unknown", body={"key": "cm_guess"}),
    # Spas.
    wrong("POST /spas", "/name", "missing", {"code": "new"}),
    wrong("POST /spas", "/code", "bad_pattern", {"code": "New Spa!", "name": "New"}),
    wrong("POST /spas", "/gstin", None, {"code": "new", "name": "New", "gstin": "29AAAAA0000A1Z0"}),
    wrong("POST /spas", "/pincode", "bad_pincode", {"code": "new", "name": "New", "pincode": "0123"}),
    wrong("POST /spas", "/state", "bad_state", {"code": "new", "name": "New", "state": "Atlantis"}),
    wrong("POST /spas", "/email", None, {"code": "new", "name": "New", "email": "nobody"}),
    wrong("POST /spas", "/logo", "bad_pattern", {"code": "new", "name": "New", "logo": "logo.png"}),
    Faulty("POST /spas", 409, "code_taken", body={"code": "indiranagar", "name": "Again"}),
    Faulty("PUT /spas/{job_id}", 404, "not_found", body={"code": "new", "name": "New"}),
    # Pictures.
    Faulty("POST /assets", 415, "unsupported_body", raw=b"\x89PNG", content_type="image/png"),
    wrong("POST /assets", "/data", "missing", {}),
    wrong("POST /assets", "/data", "bad_base64", {"data": "!!!!"}),
    Faulty("POST /assets", 422, "invalid_request", "/data", body={"data": "AAAA"}),
    Faulty("POST /assets", 422, "invalid_request", "/file", "missing", form={}),
    Faulty("POST /assets", 422, "invalid_request", "/file", form={"file": b"<svg onload='alert(1)'/>"}),
    Faulty("GET /assets/sha256:nonsense", 404, "not_found"),
    # Webhooks.
    wrong(WEBHOOKS, "/url", "missing", {"events": ["job.completed"]}),
    wrong(WEBHOOKS, "/url", "not_https", hook(url="http://hooks.example/")),
    wrong(WEBHOOKS, "/url", "not_public", hook(url="https://169.254.169.254/latest/meta-data")),
    wrong(WEBHOOKS, "/url", "bad_url", hook(url="https://2130706433/")),
    wrong(WEBHOOKS, "/url", "bad_url", hook(url="https://me:secret@hooks.example/")),
    wrong(WEBHOOKS, "/url", "too_long", hook(url="https://hooks.example/" + "a" * 2000)),
    wrong(WEBHOOKS, "/events", "too_few", hook(events=[])),
    wrong(WEBHOOKS, "/events/0", "not_a_choice", hook(events=["job.begun"])),
    wrong(WEBHOOKS, "/secret", "unknown_field", hook(secret="whsec_mine")),
    Faulty("PUT /webhooks/{job_id}", 404, "not_found", body=hook(enabled=True)),
    wrong("PUT /webhooks/{job_id}", "/enabled", "missing", hook()),
    Faulty("GET /webhooks/nonsense", 404, "not_found"),
    Faulty("GET /webhooks/{job_id}/deliveries/{job_id}", 404, "not_found"),
    wrong("GET /webhooks/{job_id}/deliveries?state=lost", "?state", "not_a_choice", None),
    wrong("GET /webhooks/{job_id}/deliveries?type=all", "?type", "not_a_choice", None),
    wrong("GET /webhooks?cursor=mine", "?cursor", "bad_cursor", None),
    # Templates.
    wrong(TEMPLATES, "/name", "missing", {"kind": "spa_therapist", **LAYOUT}, code="invalid_template"),
    wrong(TEMPLATES, "/kind", "unknown_kind", document(kind="diploma"), code="invalid_template"),
    wrong(TEMPLATES, "/layout", "missing", {"name": "New", "kind": "spa_therapist"}, code="invalid_template"),
    wrong(TEMPLATES, "/colour", "unknown_field", document(colour="red"), code="invalid_template"),
    Faulty(TEMPLATES, 422, "invalid_template", "/id", body=document(id="Not An Id")),
    Faulty(TEMPLATES, 409, "id_taken", body=document(id="plain")),
    Faulty(TEMPLATES, 400, "malformed_yaml", raw=b"a: [", content_type="application/yaml"),
    Faulty(TEMPLATES, 400, "malformed_yaml", raw=b"a: &a [*a, *a]", content_type="application/yaml"),
    Faulty(
        TEMPLATES,
        400,
        "malformed_yaml",
        raw=b"!!python/object/apply:os.system [id]",
        content_type="application/yaml",
    ),
    Faulty("PUT /certificates/templates/unknown", 404, "template_not_found", body=document()),
    Faulty("POST /certificates/templates/plain/publish", 409, "nothing_to_publish"),
    wrong("GET /certificates/templates/plain?version=0", "?version", "too_small", None),
    Faulty("GET /certificates/templates/plain?version=9", 404, "template_not_found"),
    Faulty("GET /certificates/templates/Not%20An%20Id", 404, "not_found"),
]
