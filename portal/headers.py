"""Content-Security-Policy: nothing inline and nothing from elsewhere, except where the editor stands."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

STRICT = "default-src 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'self'"
# CKEditor 4 writes its own frame with inline handlers and styles (measured; no policy without both lets it start).
WITH_EDITOR = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; base-uri 'self'; object-src 'none'; frame-ancestors 'self'"
)
# What stands in an uploaded file may run nowhere.
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class ContentSecurityPolicy:
    """Views that need another policy set the header themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", STRICT)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response
