"""A site of its own in a folder: its database, its uploads, its commands, and the shipped nginx in front of it."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from tests.live import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
DJANGO = "import django; django.setup()\n"


class Site:
    def __init__(self, var: Path):
        self.var = var
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SITE_URL")}
        kept.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        own = {"PORTAL_VAR": str(var), "SECRET_KEY": "x" * 50, "DJANGO_SETTINGS_MODULE": "portal.settings"}
        self.environment = {**kept, **own, "PYTHONDONTWRITEBYTECODE": "1", "DEBUG": "1"}

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, *command], cwd=ROOT, env={**self.environment, **more}, capture_output=True, text=True
        )

    def manage(self, *arguments: str, **more: str) -> str:
        """What the command said. It must succeed."""
        done = self.run("manage.py", *arguments, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *arguments: str, **more: str) -> str:
        """What the command said on refusing: in words, without a traceback."""
        done = self.run("manage.py", *arguments, **more)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        return done.stderr

    def python(self, code: str) -> str:
        done = self.run("-c", DJANGO + code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @contextmanager
    def database(self):
        """Keeps the embedded server running, for those who come to it without Django; yields how to connect."""
        hold = DJANGO + "from django.db import connection\nconnection.ensure_connection()\nprint(flush=True)\ninput()"
        ends = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen([sys.executable, "-c", hold], cwd=ROOT, env=self.environment, **ends) as holder:
            holder.stdout.readline()
            yield {"host": str(self.var / "postgres/data"), "user": "portal", "dbname": "portal"}
            holder.communicate(b"\n")

    @contextmanager
    def served(self):
        """By Django's own server; yields its address."""
        port = free_port()
        address = f"http://localhost:{port}"
        command = [sys.executable, "manage.py", "runserver", str(port), "--noreload"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, cwd=ROOT, env={**self.environment, "SITE_URL": address}, **quiet)
        try:
            yield wait_for(address)
        finally:
            process.terminate()
            process.wait()


def wait_for(address: str) -> str:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
            return address
        except urllib.error.HTTPError:
            return address
        except OSError:
            assert time.monotonic() < deadline, f"nobody answers at {address}"
            time.sleep(0.05)


def shipped(folder: Path, var: Path, application: int, other: dict[str, str]) -> str:
    """Writes deploy/nginx with folders and ports of the test and `other` words; returns the part for all servers."""
    changes = {"/etc/nginx/portal": f"{folder}", "/var/lib/portal": f"{var}", "/var/cache/nginx": f"{folder}"}
    changes |= {"/var/log/nginx": f"{folder}", "127.0.0.1:8000": f"127.0.0.1:{application}", **other}
    for source in (ROOT / "deploy/nginx").glob("*.conf"):
        text = source.read_text()
        for old, new in changes.items():
            text = text.replace(old, new)
        (folder / source.name).write_text(text)
    return (folder / "portal.conf").read_text().partition("# Names that are not ours")[0]


@contextmanager
def nginx(folder: Path, var: Path, application: int, second: int = 0):
    """The shipped configuration, with folders and ports of the test; yields its address, without TLS.

    `second` is the port of the application on another machine.
    """
    port = free_port()
    folder.mkdir()
    other = {"# server 10.0.0.12:8000": f"server 127.0.0.1:{second}"} if second else {}
    maps = shipped(folder, var, application, other)
    server = f"server {{ listen 127.0.0.1:{port}; server_name localhost; include {folder}/site.conf; }}"
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root; " if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; daemon off;\n"
        "worker_rlimit_nofile 20000; events { worker_connections 8192; }\n"  # docs/deploy.md
        f"http {{ include /etc/nginx/mime.types; {temporary}\n{maps}\n{server} }}\n"
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        yield wait_for(f"http://localhost:{port}")
    finally:
        process.terminate()
        process.wait()


def visible_text(html: str) -> str:
    html = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())
