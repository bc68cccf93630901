"""What the environment says, each value checked where it is read: whoever runs the site learns in words what is wrong.

Everything here raises ImproperlyConfigured, whose message names the variable, in Vietnamese and in English, and never
repeats a value that may hold a password.
"""

import os
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}
_HOST = re.compile(r"\.?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    value = text(name, str(default)).lower()
    if value not in _TRUE | _FALSE:
        raise wrong(name, f"chỉ nhận true hoặc false, không phải {value!r}", f"takes true or false, not {value!r}")
    return value in _TRUE


def number(name: str, default: int, lowest: int = 0, highest: int = 2**31) -> int:
    value = text(name) or str(default)
    if not (value.isascii() and value.isdigit() and lowest <= int(value) <= highest):
        raise wrong(
            name,
            f"phải là một số từ {lowest} đến {highest}, không phải {value!r}",
            f"must be a number from {lowest} to {highest}, not {value!r}",
        )
    return int(value)


def choice(name: str, choices: tuple[str, ...]) -> str:
    """One of these words; the first where nothing is said."""
    value = text(name) or choices[0]
    if value not in choices:
        words = ", ".join(choices)
        raise wrong(name, f"chỉ nhận {words}, không phải {value!r}", f"takes {words}, not {value!r}")
    return value


def site_address(name: str, default: str) -> SplitResult:
    """Scheme and host, with a port where one is needed, and nothing after them."""
    value = text(name, default).rstrip("/")
    parts = _split(value)
    if not parts or parts.scheme not in ("http", "https") or parts.path or parts.query or parts.username:
        raise wrong(
            name,
            f"phải có dạng https://example.gov.vn, không phải {value!r}",
            f"must look like https://example.gov.vn, not {value!r}",
        )
    return parts


def hosts(name: str) -> list[str]:
    """Further host names. "*" would let every name in, and with it poisoned links."""
    found = [host.strip().lower() for host in text(name).split(",") if host.strip()]
    for host in found:
        if not _HOST.fullmatch(host):
            raise wrong(name, f"có tên máy không hợp lệ: {host!r}", f"has a host name that is none: {host!r}")
    return found


def database(name: str, default: dict[str, Any]) -> dict[str, Any]:
    """Django's description of an outside PostgreSQL, or `default` where none is named."""
    value = text(name)
    if not value:
        return default
    parts = _split(value)
    if not parts or parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise wrong(
            name,
            "phải có dạng postgres://người-dùng:mật-khẩu@máy/tên (ký tự đặc biệt trong mật khẩu viết thành %XX)",
            "must look like postgres://user:password@host/name (write special characters of the password as %XX)",
        )
    return environ.Env.db_url_config(value)


def mail_server(name: str) -> dict[str, Any]:
    """Django's settings for an outgoing mail server; without one, letters are written to the log."""
    value = text(name, "consolemail://") or "consolemail://"
    parts = _split(value)
    if not parts or parts.scheme not in ("consolemail", "smtp", "smtp+tls", "smtp+ssl"):
        raise wrong(
            name,
            "phải có dạng smtp+tls://người-dùng:mật-khẩu@máy:587 (ký tự đặc biệt trong mật khẩu viết thành %XX)",
            "must look like smtp+tls://user:password@host:587 (write special characters of the password as %XX)",
        )
    return environ.Env.email_url_config(value)


def wrong(name: str, vietnamese: str, english: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} {vietnamese}.\n{name} {english}.")


def _split(value: str) -> SplitResult | None:
    """None where the parts cannot be told apart, or the port is none."""
    try:
        parts = urlsplit(value)
        return parts if parts.port is None or parts.port else None
    except ValueError:
        return None
