"""`python -m tests.security.observatory`: Mozilla's own grader on pages of every kind, over TLS, without the network.

Needs node and npm, which fetch the grader into .venv/observatory, and openssl. Exit code 1 below A+ and 125.
"""

import json
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.live import PROJECT, ask, folder, free_port, site, wait_until

HOME = PROJECT / ".venv/observatory"
PACKAGE = "@mdn/mdn-http-observatory"
VERSION = "1.4.8"
LEAST = 125
# The site of production with one page that fails.
BROKEN = """
from portal import wsgi, views
def fails(self, **kwargs):
    raise RuntimeError("on purpose")
views.Links.get_context_data = fails
application = wsgi.application
"""


def install() -> Path:
    package = HOME / "node_modules" / PACKAGE
    if not package.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        # Its scripts after installing fetch lists from the network, which are not needed.
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", f"{PACKAGE}@{VERSION}"]
        subprocess.run(command, cwd=HOME, check=True, stdout=sys.stderr)
    return package


def certificate(path: Path) -> tuple[Path, Path]:
    key, cert = path / "key.pem", path / "cert.pem"
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *named]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, stderr=subprocess.DEVNULL)
    return key, cert


class ToHttps(BaseHTTPRequestHandler):
    """What the web server in front does on port 80."""

    port = 0

    def do_GET(self) -> None:
        self.send_response(301)
        self.send_header("Location", f"https://localhost:{self.port}{self.path}")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def main() -> int:
    package = install()
    with site() as running, folder() as path:
        key, cert = certificate(path)
        (path / "observed.py").write_text(BROKEN)
        port = ToHttps.port = free_port()
        plain = ThreadingHTTPServer(("127.0.0.1", 0), ToHttps)
        threading.Thread(target=plain.serve_forever, daemon=True).start()
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-ws"]
        command += ["--ssl-keyfile", str(key), "--ssl-certificate", str(cert), "observed:application"]
        settings = {"SITE_URL": f"https://localhost:{port}", "PYTHONPATH": f"{path}:{PROJECT}", "TWO_FACTOR": "false"}
        settings["DJANGO_SETTINGS_MODULE"] = "portal.settings"
        server = subprocess.Popen(command, cwd=path, env={**running.environment, **settings}, stdout=sys.stderr)
        try:
            article = next(each for each in links(running.port, "/tin-tuc/") if each.count("/") == 4)
            picture = next(each for each in links(running.port, "/tin-tuc/", 'src="') if each.startswith("/media/"))
            pages = ["/", "/tin-tuc/", article, "/tim-kiem/?q=lao+dong", "/khong-co/", "/lien-ket/", "/quan-tri/login/"]
            node = [
                shutil.which("node"),
                Path(__file__).with_suffix(".mjs"),
                package,
                str(plain.server_port),
                str(port),
            ]
            wait_until(lambda: _listens(port))
            graded = subprocess.run(
                [*node, *pages, picture, "/van-ban/van-ban.csv"],
                env={**running.environment, "NODE_EXTRA_CA_CERTS": str(cert)},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            ).stdout
        finally:
            server.terminate()
            server.wait()
            plain.shutdown()
    pages = {told.pop("path"): told for told in map(json.loads, graded.splitlines())}
    sys.stdout.write(json.dumps(pages) + "\n")
    return 0 if pages and all(page["score"] >= LEAST and page["grade"] == "A+" for page in pages.values()) else 1


def links(port: int, path: str, before: str = 'href="') -> list[str]:
    return [part.partition('"')[0] for part in ask(port, path).body.decode().split(before)[1:] if part.startswith("/")]


def _listens(port: int) -> bool:
    return subprocess.run(["bash", "-c", f"</dev/tcp/127.0.0.1/{port}"], stderr=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
