"""Adds to a CycloneDX list what comes to browsers: the vendored libraries, and the editor inside django-ckeditor.

Usage: vendored.py SBOM VENV
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def npm(name: str, version: str, licence: str) -> dict:
    purl = f"pkg:npm/{name}@{version}"
    known = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return {**known, "licenses": [{"expression": licence}]}


def editor(environment: Path) -> dict:
    """The version stands in the file itself; django-ckeditor has another."""
    script = next(environment.glob("lib/python*/site-packages/ckeditor/static/ckeditor/ckeditor/ckeditor.js"))
    version = re.search(r'version:"([0-9.]+)"', script.read_text())[1]
    return npm("ckeditor4", version, "GPL-2.0-or-later OR LGPL-2.1-or-later OR MPL-1.1")


def main(sbom: str, environment: str) -> None:
    path = Path(sbom)
    listed = json.loads(path.read_text())
    vendored = json.loads((ROOT / "static/vendor/manifest.json").read_text())
    listed["components"] += [npm(part["name"], part["version"], part["licence"]) for part in vendored]
    listed["components"].append(editor(Path(environment)))
    path.write_text(json.dumps(listed, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
