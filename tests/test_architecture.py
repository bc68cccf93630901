"""The house keeps its walls: imports run one way, files and functions stay small, nothing lies unused."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ["news", "policies", "procedures", "legal_docs"]
CODE = [
    path
    for package in ["portal", *APPS]
    for path in sorted((ROOT / package).rglob("*.py"))
    if "migrations" not in path.parts
]
# Of the kernel, each floor may import those before it.
FLOORS = [
    {"text", "legacy_encodings", "sandbox", "extraction", "images", "files", "richtext", "storage"}
    | {"bucket", "embedded_postgres", "citations", "outline", "proofreading", "outside_links", "environment"}
    | {"passages", "transitions"},
    {"changes", "pictures", "attachments", "addresses", "workflow", "prepared", "publishing", "organisation", "models"}
    | {"legal_bases", "working_days", "link_targets", "broken_links", "picture_uses"}
    | {"journals", "batches", "readership"}
    | {"snapshots", "pending", "trash", "sharing", "presence", "roles"}
    | {"searches", "synonyms"},
    {"visits", "visitors", "importing", "pagecache", "search"},
]
FACES = {"views", "statistics", "feeds", "sitemaps", "admin", "editorial", "desk", "accounts", "checks", "templatetags"}
FACES |= {"formats", "headers", "media", "structured_data", "management", "demo", "spreadsheets", "columns", "failures"}
FACES |= {"paging", "wellknown", "health", "logs", "metrics", "backup", "mirror", "records"}
FACES |= {"comparing", "destinations", "search_page"}
ROOF = {"settings", "urls", "wsgi", "apps"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(tree: ast.AST) -> list[tuple[ast.stmt, str]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found += [(node, f"{node.module}.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(node, alias.name) for alias in node.names]
    return [(node, name) for node, name in found if name.split(".")[0] in {"portal", *APPS}]


def floor(module: str) -> int:
    if module in ROOF:
        return len(FLOORS) + 1
    for number, names in enumerate(FLOORS):
        if module in names:
            return number
    assert module in FACES, f"portal/{module} stands on no floor: name it in this test"
    return len(FLOORS)


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_imports_run_from_apps_to_portal_and_never_between_apps(path):
    here = path.relative_to(ROOT).parts[0]
    for _, name in imports(ast.parse(path.read_text())):
        assert name.split(".")[0] in {here, "portal"}, f"{name_of(path)} imports {name}"


@pytest.mark.parametrize("path", [p for p in CODE if p.relative_to(ROOT).parts[0] == "portal"], ids=name_of)
def test_the_kernel_imports_only_downwards(path):
    mine = path.relative_to(ROOT / "portal").parts[0].removesuffix(".py")
    if mine == "__init__":
        return
    for _, name in imports(ast.parse(path.read_text())):
        parts = name.split(".")
        target = parts[1] if len(parts) > 1 else ""
        if (target and (ROOT / "portal" / target).exists()) or (ROOT / "portal" / f"{target}.py").exists():
            assert floor(target) <= floor(mine), f"{name_of(path)} imports {name} from a floor above"


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_no_first_party_import_hides_in_a_function(path):
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef):
            assert not imports(function), f"{name_of(path)}: {function.name}"


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_modules_and_functions_stay_small(path):
    text = path.read_text()
    assert text.count("\n") <= 250
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 40, f"{node.name} is longer than 40 lines"


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_functions_are_annotated(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert node.returns is not None, f"{node.name} does not say what it returns"


def test_only_the_template_library_trusts_html():
    users = [name_of(path) for path in CODE if "mark_safe" in path.read_text()]
    assert users == ["portal/templatetags/portal.py"]
    assert not [
        name_of(path) for path in (ROOT / "templates").rglob("*.html") if re.search(r"\|\s*safe\b", path.read_text())
    ]


def test_templates_stay_small():
    for path in (ROOT / "templates").rglob("*.html"):
        assert path.read_text().count("\n") <= 120, path


def test_no_template_and_no_static_file_lies_unused():
    sources = [path.read_text() for path in CODE]
    sources += [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    sources += [
        path.read_text() for folder in ("css", "js", "admin") for path in (ROOT / "static" / folder).rglob("*.*")
    ]
    sources.append((ROOT / "static/vendor/manifest.json").read_text())
    text = "\n".join(sources)
    by_django = {
        "admin/index.html",
        "admin/search_form.html",
        *("400.html", "403.html", "404.html", "500.html"),
        "admin/base_site.html",
        "admin/widgets/split_datetime.html",
    }
    for path in (ROOT / "templates").rglob("*.*"):
        name = str(path.relative_to(ROOT / "templates"))
        assert name in by_django or name in text or name.startswith("icons/"), f"{name} is used nowhere"
    for path in (ROOT / "static").rglob("*.*"):
        assert path.name in text or "LICENSE" in path.name or path.name == "manifest.json", f"{path} is used nowhere"


def test_every_icon_is_used():
    text = "\n".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    for path in (ROOT / "templates/icons").glob("*.svg"):
        assert f"icons/{path.name}" in text, path.name


def test_migrations_are_complete(db):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_system_check_has_nothing_to_say(tmp_path):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_VAR": str(tmp_path)}
    command = [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_templates_are_well_formed():
    # H015: a line break after headings; H043: a button without a type submits its form, which is meant
    command = [sys.executable, "-m", "djlint", "templates", "--lint", "--profile=django", "--ignore=H015,H043"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_ruff_has_nothing_to_say():
    for arguments in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *arguments, "."]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
