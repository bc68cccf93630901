"""What a page may do, told to browsers: nothing inline and nothing from elsewhere, except where the editor stands."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_FORMS = "base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'self'"
_OURS = ("connect", "font", "frame", "img", "manifest", "media", "script", "style", "worker")
STRICT = "; ".join(["default-src 'none'", *(f"{kind}-src 'self'" for kind in _OURS), _FORMS])
# CKEditor 4 writes its own frame with inline handlers and styles (measured; no policy without both lets it start).
WITH_EDITOR = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    f"img-src 'self' data: blob:; {_FORMS}"
)
# What stands in an uploaded file may run nowhere.
SANDBOX = "default-src 'none'; sandbox"

# Photo galleries fill the screen; nothing else of the device is asked for.
_UNUSED = (
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope"),
    *("magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get"),
    *("screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
)
PERMISSIONS = ", ".join([*(f"{feature}=()" for feature in _UNUSED), "fullscreen=(self)"])


class SecurityHeaders:
    """Views that need another policy set the header themselves. Django's own middleware sends the other headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", STRICT)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
