"""`python -m tests.security.scanners [TOOL …]`: what other people's tools find, in the code and on the running site.

bandit and detect-secrets read the code; wapiti and sqlmap attack a site of their own, as strangers and signed in. They
are installed into .venv/scanners. Exit code 1 when one found anything; what is no danger is named here, with why.
"""

import json
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

from tests.live import PROJECT, Staff, site

HOME = PROJECT / ".venv/scanners"
PACKAGES = ["bandit==1.9.4", "detect-secrets==1.5.0", "wapiti3==3.2.3", "sqlmap==1.10.10"]
CODE = ["portal", "news", "policies", "procedures", "legal_docs", "manage.py", "deploy"]
# B404 B603 B607: programs are started, none with words from outside. B308 B703: tests/test_architecture.py holds that
# one filter trusts HTML, cleaned on its way into the database. B405 B314: portal.extraction refuses document types and
# reads in a process with limits of time and memory (tests/test_files.py sends it the bombs).
HARMLESS = "B404,B603,B607,B308,B703,B405,B314"
# Examples of addresses of a database, the letters that passwords are made of, passwords of users that tests make.
NO_SECRETS = [
    "--exclude-files",
    r"^(tests|static/vendor|docs|locale)/",
    "--exclude-lines",
    r"mật-khẩu@|password@|LETTERS =",
]
PARAMETERS = [
    "/tim-kiem/?q=a&trang=1",
    "/van-ban/?q=a&loai=a&co-quan=a&linh-vuc=a&nam=2020&hieu-luc=a&sap-xep=so&ngay=2020-01-01&lien-quan=a&trang=1",
    "/thu-tuc-hanh-chinh/?q=a&linh-vuc=a&doi-tuong=a&cap=a&muc-do=a&chu=A&xep=moi&trang=1",
    "/tin-tuc/luu-tru/?thang=2020-01",
    "/lien-ket/di-toi/?trang=1",
]
# The site under attack has no TLS; one with an https address redirects and sets Secure (portal/settings.py).
ONLY_WITHOUT_TLS = ("No HTTPS redirection", "Secure flag is not set")
MINUTES = 30  # for each run of a tool; they take less where nothing is found
ATTACK = 40  # seconds for each of wapiti's forty kinds of attack


def run(*command: object) -> str:
    """What it said, also where its time was over."""
    try:
        done = subprocess.run(
            [HOME / "bin" / str(command[0]), *map(str, command[1:])],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=MINUTES * 60,
        )
    except subprocess.TimeoutExpired as late:
        return f"{(late.stdout or b'').decode(errors='replace')}\n(out of time)"
    return done.stdout.decode(errors="replace")


def bandit() -> list[object]:
    said = run("bandit", "-q", "-r", *CODE, "-s", HARMLESS, "-f", "json")
    report = json.loads(said[said.index("{") :])
    return [f"{each['filename']}:{each['line_number']} {each['test_id']}" for each in report["results"]]


def detect_secrets() -> list[object]:
    found = json.loads(run("detect-secrets", "scan", *NO_SECRETS))["results"]
    return [f"{name}:{each['line_number']} {each['type']}" for name, rows in found.items() for each in rows]


def wapiti() -> list[object]:
    """As a stranger, then signed in. The search for pages ends by its depth: broken off, wapiti dies of its database.

    Its lists of other people's programs (nikto, wapp, htp) have to be fetched, and are missing offline.
    """
    with site() as running, tempfile.TemporaryDirectory() as folder:
        found = []
        for name, who in (("stranger", None), ("staff", running.staff())):
            report = Path(folder, f"{name}.json")
            start = f"http://localhost:{running.port}/" + ("quan-tri/" if who else "")
            words = ["-u", start, "-m", "all", "--flush-session", "--no-bugreport", "-f", "json", "-o", report]
            words += ["--max-attack-time", ATTACK, "-d", 2]
            words += ["--max-links-per-page", 20, "--max-files-per-dir", 5, "-x", f"{start}logout/"]
            words += ["--store-session", folder]
            said = run("wapiti", *words, *(["-H", f"Cookie: {cookies(who)}"] if who else []))
            kinds = (
                json.loads(report.read_text())["vulnerabilities"] if report.exists() else {"no report": [said[-2000:]]}
            )
            told = [(name, kind, each) for kind, rows in kinds.items() for each in rows]
            found += [one for one in told if not info_of(one[2]).startswith(ONLY_WITHOUT_TLS)]
        return found


def info_of(finding: object) -> str:
    return finding["info"] if isinstance(finding, dict) else ""


def sqlmap() -> list[object]:
    with site() as running, tempfile.TemporaryDirectory() as folder:
        found = []
        for path in PARAMETERS:
            address = f"http://localhost:{running.port}{path}"
            words = ["-u", address, "--batch", "--level", 3, "--dbms", "PostgreSQL", "--threads", 2]
            words += ["--disable-coloring", "--output-dir", folder, "--technique", "BEUSTQ", "--answers", "refresh=N"]
            said = run("sqlmap", *words)
            found += re.findall(r"^.*(?:is vulnerable|appears to be .*injectable|Payload:).*$", said, re.MULTILINE)
            if "do not appear to be injectable" not in said:  # not through, or it never began
                found.append(said[-1000:])
        return found


def cookies(who: Staff) -> str:
    return "; ".join(f"{name}={value}" for name, value in who.cookies.items())


TOOLS: dict[str, Callable[[], list[object]]] = {
    "bandit": bandit,
    "detect-secrets": detect_secrets,
    "wapiti": wapiti,
    "sqlmap": sqlmap,
}


def main(*chosen: str) -> int:
    if not (HOME / "bin/wapiti").exists():
        venv.create(HOME, with_pip=True)
        run("python", "-m", "pip", "install", "--quiet", *PACKAGES)
    findings = {name: TOOLS[name]() for name in chosen or TOOLS}
    sys.stdout.write(json.dumps(findings, ensure_ascii=False, indent=1, default=str) + "\n")
    return 1 if any(findings.values()) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
