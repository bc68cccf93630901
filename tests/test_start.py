"""`make run` and the embedded database, seen from outside: as processes in folders, killed now and then."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import pytest

from tests.live import free_port, wait_until

PROJECT = Path(__file__).resolve().parent.parent
ROOT = os.geteuid() == 0

# Connects, prints a line, and then does what it is told by lines on its standard input, until that ends.
USER = """
import os, sys
from django.db import connection
def started():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_postmaster_start_time()")
        print(cursor.fetchone()[0], flush=True)
started()
for order in sys.stdin:
    if order == "again\\n":
        connection.close()
        started()
    elif order == "fork\\n":
        child = os.fork()
        if not child:
            connection.connection = None  # the socket is the parent's
            started()
            sys.exit()
        os.waitpid(child, 0)
        print("forked", flush=True)
"""


def environment(var: Path | str, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PORT", "SITE_URL")}
    own = {"PORTAL_VAR": str(var), "SECRET_KEY": "x" * 50, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    return {**kept, **own, "PYTHONDONTWRITEBYTECODE": "1", **more}


class DatabaseUser:
    """A process that uses the database in `var` until it is told to leave, or killed."""

    def __init__(self, var: Path, python: str = sys.executable, as_user: str | None = None, **more: str):
        identity = {"user": as_user, "extra_groups": []} if as_user else {}
        self.process = subprocess.Popen(
            [python, "-c", USER],
            cwd=PROJECT,
            env=environment(var, **more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **identity,
        )

    def hear(self) -> str:
        line = self.process.stdout.readline().strip()
        assert line, f"the user of the database ended with {self.process.wait(10)}"
        return line

    def ask(self, order: str) -> str:
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        return self.hear()

    def leave(self) -> None:
        self.process.communicate(timeout=30)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def anyones_folder():
    """Under root the server is another user's, and cannot enter the temporary folders that pytest makes."""
    with tempfile.TemporaryDirectory(prefix="portal-start-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def var(anyones_folder):
    folder = anyones_folder / f"var{len(list(anyones_folder.iterdir()))}"
    folder.mkdir()
    yield folder
    wait_until(lambda: not processes_in(folder))  # no server is left behind


@pytest.fixture
def using(var):
    """Starts users of the database in a folder under `var`; none outlives the test."""
    users = []

    def start(folder: Path = var, **more) -> DatabaseUser:
        users.append(DatabaseUser(folder, **more))
        return users[-1]

    yield start
    for user in users:
        user.kill()


def processes_in(folder: Path) -> dict[int, str]:
    """What works in the folder or below it. Those that have ended and are only not yet buried do not count."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(process / "cwd")).is_relative_to(folder):
                found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
    return found


def postmaster(var: Path) -> int:
    return int((var / "postgres/data/postmaster.pid").read_text().split("\n", 1)[0])


# The embedded database


@pytest.mark.parametrize("name", ["có dấu cách, phẩy $5 và 'nháy'", f"{'dài' * 20}/{'a' * 120}"])
def test_any_folder_will_do(var, using, name):
    folder = var / name
    using(folder).hear()
    shell = [sys.executable, "manage.py", "dbshell", "--", "-Atc", "SELECT current_database(), upper('đường ữ')"]
    output = subprocess.run(shell, cwd=PROJECT, env=environment(folder), capture_output=True, text=True, check=True)
    assert output.stdout == "portal|ĐƯỜNG Ữ\n"


def test_the_data_folder_is_closed_to_others(var, using):
    using().hear()
    assert stat.S_IMODE((var / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((var / "postgres/data").stat().st_mode) == 0o700


def test_those_who_start_at_once_share_one_server(var, using):
    users = [using() for _ in range(4)]
    assert len({user.hear() for user in users}) == 1


def test_the_last_to_leave_stops_the_server(var, using):
    first, last = using(), using()
    first.hear(), last.hear()
    first.leave()
    last.ask("again")
    last.leave()
    assert not (var / "postgres/data/postmaster.pid").exists()


def test_a_fork_that_ends_does_not_stop_the_server_of_its_parent(using):
    user = using()
    started = user.hear()
    assert user.ask("fork") == started
    assert user.hear() == "forked"
    assert user.ask("again") == started


def test_the_server_of_a_killed_user_is_stopped(var, using):
    user = using()
    user.hear()
    user.kill()
    wait_until(lambda: not processes_in(var))


def test_a_killed_user_does_not_take_the_server_from_others(using):
    killed, other = using(), using()
    killed.hear()
    started = other.hear()
    killed.kill()
    assert other.ask("again") == started


def test_a_killed_server_is_started_again(var, using):
    user = using()
    started = user.hear()
    os.kill(postmaster(var), signal.SIGKILL)
    assert user.ask("again") > started


def test_a_process_number_given_to_another_program_is_no_obstacle(var, using):
    user = using()
    user.hear()
    os.kill(postmaster(var), signal.SIGKILL)
    user.kill()
    wait_until(lambda: not processes_in(var))
    record = var / "postgres/data/postmaster.pid"
    owner = {"user": record.stat().st_uid} if ROOT else {}
    with subprocess.Popen(["sleep", "60"], **owner) as stranger:
        record.write_text(re.sub(r"^\d+", str(stranger.pid), record.read_text()))
        using().hear()
        stranger.kill()


def test_an_outside_database_is_used_instead(var, using):
    outside, mine = var / "outside", var / "mine"
    started = using(outside).hear()
    address = f"postgres://portal@/portal?host={outside}/postgres/data"
    assert using(mine, DATABASE_URL=address).hear() == started
    assert not (mine / "postgres").exists()


@pytest.mark.skipif(not ROOT, reason="these tests run as an ordinary user already")
def test_an_ordinary_user_needs_no_help(var, using):
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    python = next(filter(usable_by_nobody, [sys.executable, "/usr/bin/python3"]), None)
    if python is None:
        pytest.skip("no Python here that an ordinary user may run")
    shutil.chown(var, "nobody")
    using(python=python, as_user="nobody", PYTHONPATH=packages).hear()
    assert (var / "postgres/data").owner() == "nobody"


def usable_by_nobody(python: str) -> bool:
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    command = [python, "-c", "import django, psycopg2"]
    settings = {"env": environment("/nowhere", PYTHONPATH=packages), "cwd": PROJECT, "capture_output": True}
    try:
        return subprocess.run(command, user="nobody", extra_groups=[], **settings).returncode == 0
    except OSError:
        return False


# `make run`


@pytest.fixture(scope="module")
def clone(anyones_folder):
    """The project as `git clone` would give it, with what is not committed yet, in a folder with spaces."""
    folder = anyones_folder / "bản sao có dấu cách"
    names = subprocess.check_output(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=PROJECT, text=True)
    for name in filter(None, names.split("\0")):
        if (PROJECT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name)
    return folder


def make_run(folder: Path, **variables: str) -> subprocess.Popen:
    """Started like from a terminal: in a process group of its own, all of which gets the Ctrl-C."""
    settings = environment(variables.pop("PORTAL_VAR", ""), **variables)
    for name in ("SECRET_KEY", "DJANGO_SETTINGS_MODULE"):
        del settings[name]
    return subprocess.Popen(
        ["make", "run"],
        cwd=folder,
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )


def first_page(site: subprocess.Popen, port: int, seconds: float) -> str:
    page = []

    def answered() -> bool:
        try:
            page.append(urllib.request.urlopen(f"http://localhost:{port}/", timeout=30).read().decode())
        except OSError:
            assert site.poll() is None, site.stdout.read()
        return bool(page)

    wait_until(answered, seconds)
    return page[0]


def ctrl_c(site: subprocess.Popen) -> str:
    os.killpg(site.pid, signal.SIGINT)
    return site.communicate(timeout=30)[0]


def kill(words: str, folder: Path) -> None:
    """Kill the oldest process in the folder whose command line holds these words."""
    os.kill(min(number for number, line in processes_in(folder).items() if words in line), signal.SIGKILL)


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", ""])
def test_a_port_that_is_none_is_refused(port):
    command = [sys.executable, "-m", "portal.management.port"]
    result = subprocess.run(command, cwd=PROJECT, env=environment("x", PORT=port), capture_output=True, text=True)
    assert result.returncode == 1
    assert "PORT phải là một số" in result.stderr


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "0.0.0.0"])
def test_a_taken_port_is_said_before_anything_is_installed(clone, address):
    if ":" in address and "lo" not in Path("/proc/net/if_inet6").read_text():
        pytest.skip("no IPv6 here")
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as other:
        other.bind((address, 0))
        other.listen()
        port = other.getsockname()[1]
        site = make_run(clone, PORT=str(port))
        output = site.communicate(timeout=20)[0]
    assert site.returncode
    assert f"Cổng {port} đang được một chương trình khác dùng" in output
    assert f"make run PORT={port + 1}" in output
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize(
    ("python", "missing"),
    [
        ("exit 1", r"python3[.0-9]* python3[.0-9]*-venv"),
        (f'[ "$2" = "import ensurepip, venv" ] && exit 1; exec {sys.executable} "$@"', r"python3\.\d+-venv"),
    ],
    ids=["python", "venv"],
)
def test_what_is_missing_is_named_with_the_command_to_type(clone, tmp_path, python, missing):
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        (tmp_path / name).write_text(f"#!/bin/sh\n{python}\n")
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")  # an ordinary user
    for program in tmp_path.iterdir():
        program.chmod(0o755)
    site = make_run(clone, PATH=f"{tmp_path}:{os.environ['PATH']}", PORT=str(free_port()))
    output = site.communicate(timeout=30)[0]
    assert site.returncode
    assert re.search(rf"^    sudo apt-get update && sudo apt-get install -y {missing}$", output, re.M)
    assert not (clone / ".venv").exists()


def test_one_command_and_a_second_time(clone):
    """From a bare clone to the first page, and again. The data lie where PORTAL_VAR says, a relative path here."""
    port = free_port()
    site = make_run(clone, PORT=str(port), PORTAL_VAR="dữ liệu")
    assert "<html" in first_page(site, port, 180)
    login = clone / "dữ liệu/staff-login.txt"
    assert stat.S_IMODE(login.stat().st_mode) == 0o600
    assert stat.S_IMODE((clone / "dữ liệu/secret_key").stat().st_mode) == 0o600

    second = make_run(clone, PORT=str(free_port()), PORTAL_VAR="dữ liệu")
    assert f"đã chạy sẵn tại http://localhost:{port}/" in second.communicate(timeout=20)[0]
    assert second.returncode

    output = ctrl_c(site)
    assert f"http://localhost:{port}/quan-tri/" in output
    assert login.read_text() in output
    wait_until(lambda: not processes_in(clone))

    site = make_run(clone, PORT=str(port), PORTAL_VAR="dữ liệu")
    first_page(site, port, 60)
    assert not (clone / "var").exists()

    kill("portal.management.web", clone)
    first_page(site, port, 60)
    kill("portal.management.serve", clone)
    wait_until(lambda: not processes_in(clone))  # the site does not outlive what watches over it
    output = site.communicate()[0]
    assert "Đang cài đặt" not in output
    assert "Lần chạy đầu tiên" not in output
