"""What is refused, and how: RFC 9457."""

from functools import wraps

from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import JsonResponse

KINDS = {
    "malformed": (400, "Malformed request"),
    "foreign-host": (403, "Host not allowed"),
    "not-found": (404, "Nothing lives here"),
    "unknown-reader": (404, "Unknown reader"),
    "method-not-allowed": (405, "Method not allowed"),
    "taken-over": (409, "Taken over"),
    "too-large": (413, "Body too large"),
    "not-json": (415, "Body is not JSON"),
    "too-many-readers": (503, "Too many readers"),
    "log-away": (503, "The messages are out of reach"),
    "outcome-unknown": (503, "Nobody knows whether it was taken"),
}


# #region refusal
class Refusal(Exception):
    """What is refused; `detail` says what to do."""

    def __init__(self, name, detail):
        super().__init__(detail)
        status, title = KINDS[name]
        kind = f"urn:on-the-wire:{name}"
        self.problem = {"type": kind, "title": title, "status": status, "detail": detail}

    def response(self):
        mime = "application/problem+json"
        return JsonResponse(self.problem, status=self.problem["status"], content_type=mime)


def endpoint(*methods):
    """Makes an endpoint of an async view: a Refusal becomes its answer, and nothing is stored."""

    def decorate(view):
        @wraps(view)
        async def answer(request, **kwargs):
            try:
                request.get_host()
                if request.method not in methods:
                    raise Refusal("method-not-allowed", f"Use {' or '.join(methods)}.")
                response = await view(request, **kwargs)
            except DisallowedHost:
                response = Refusal("foreign-host", "Add the host to ALLOWED_HOSTS.").response()
            except RequestDataTooBig:
                response = Refusal("too-large", "Send at most 64 KiB.").response()
            except Refusal as refusal:
                response = refusal.response()
                if response.status_code == 405:
                    response["Allow"] = ", ".join(methods)
            response["Cache-Control"] = "no-store"
            return response

        return answer

    return decorate
# #endregion
