"""`python -m tests.security.scanners`: what bandit and detect-secrets find in the code.

They are installed into .venv/scanners. Exit code 1 when one found anything; what is no danger is named here, with why.
"""

import json
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
HOME = PROJECT / ".venv/scanners"
PACKAGES = ["bandit==1.9.4", "detect-secrets==1.5.0"]
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


def run(program: str, *arguments: str) -> str:
    done = subprocess.run([HOME / "bin" / program, *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    return done.stdout


def bandit() -> list[str]:
    said = run("bandit", "-q", "-r", *CODE, "-s", HARMLESS, "-f", "json")
    report = json.loads(said[said.index("{") :])
    return [f"{each['filename']}:{each['line_number']} {each['test_id']}" for each in report["results"]]


def detect_secrets() -> list[str]:
    found = json.loads(run("detect-secrets", "scan", *NO_SECRETS))["results"]
    return [f"{name}:{each['line_number']} {each['type']}" for name, rows in found.items() for each in rows]


def main() -> int:
    if not (HOME / "bin/detect-secrets").exists():
        venv.create(HOME, with_pip=True)
        run("python", "-m", "pip", "install", "--quiet", *PACKAGES)
    findings = {"bandit": bandit(), "detect-secrets": detect_secrets()}
    sys.stdout.write(json.dumps(findings, ensure_ascii=False, indent=1) + "\n")
    return 1 if any(findings.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
