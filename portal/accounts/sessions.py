"""What a staff session needs to go on: use, and the second factor where the account has or needs one."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from portal.accounts import second_factor

SEEN = "seen"  # seconds since 1970, at most a minute old
VERIFIED = "second_factor"  # this session was opened, or went on, with a code
_KEEP_SEEN = 60  # seconds


class StaffSession:
    """Requests without a session cookie, as every reader's are, pass untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            if self._was_idle(request):
                logout(request)
                messages.info(request, "Phiên làm việc đã kết thúc vì lâu không dùng. Hãy đăng nhập lại.")
            elif not request.session.get(VERIFIED) and request.user.is_authenticated:
                if second_factor.is_on(request.user):  # turned on elsewhere since this session began
                    logout(request)
                elif self._must_set_up(request):
                    return redirect("second-factor-setup")
        return self.get_response(request)

    def _was_idle(self, request: HttpRequest) -> bool:
        now, seen = int(time.time()), request.session.get(SEEN)
        if seen is not None and now - seen > settings.SESSION_IDLE_MINUTES * 60:
            return True
        if not _asks_by_itself(request) and (seen is None or now - seen >= _KEEP_SEEN):
            request.session[SEEN] = now
        return False

    def _must_set_up(self, request: HttpRequest) -> bool:
        allowed = (reverse("second-factor-setup"), reverse("second-factor-qr"), reverse("admin:logout"))
        inside = request.path.startswith(reverse("admin:index")) and request.path not in allowed
        return inside and second_factor.is_demanded(request.user)


def _asks_by_itself(request: HttpRequest) -> bool:
    """An open page that looks now and then whether somebody else is there is not a person at work; what is asked while
    somebody writes, and the photos somebody sends, is."""
    at_work = (reverse("advice"), reverse("admin:picture-upload"))
    return request.headers.get("Sec-Fetch-Dest") == "empty" and request.path not in at_work
