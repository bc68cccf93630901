"""With the application and the database gone, nginx answers every public address from the static mirror."""

import fcntl
import re
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.faults.site import ROOT, Site, nginx, visible_text
from tests.live import free_port

# What changes from one moment to the next, and the address the site has in this test.
MOVING = re.compile(r"(?:http://)?localhost:\d+|\d[\d.]* lượt|(?:Đang xem|Hôm nay|Trong tháng|Tổng số)[^A-ZĐ]*\d[\d.]*")
HTML = "text/html; charset=utf-8"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    var = tmp_path_factory.mktemp("mirror") / "var"
    (var / "static").mkdir(parents=True)
    for folder in (var, *var.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    site = Site(var)
    site.manage("migrate", "--verbosity=0")
    site.manage("load_demo")
    site.manage("mirror", str(var / "mirror"))
    return site


def addresses(mirror: Path) -> list[str]:
    """Every address that the mirror has a file for."""
    found = []
    for file in sorted(mirror.rglob("*")):
        name = f"/{file.relative_to(mirror)}"
        if file.is_file() and not file.name.startswith(".") and file.name != "__loc.html":
            name = re.sub(r"/__(.*)\.html$", r"/?\1", name)
            found.append(quote(name.removesuffix("index.html"), safe="/?=&%"))
    return found


def get(address: str, reader: int = 1) -> tuple[int, bytes, dict]:
    """Each reader has an address of their own, because nginx lets nobody ask for hundreds of pages in a second."""
    url = urlsplit(address)
    connection = HTTPConnection(url.hostname, url.port, timeout=30, source_address=(f"127.0.0.{reader}", 0))
    with closing(connection):
        connection.request("GET", url._replace(scheme="", netloc="").geturl())
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.headers)


def text(body: bytes) -> str:
    return MOVING.sub("", visible_text(body.decode()))


def test_every_address_answers_with_the_same_words(site, tmp_path):
    known = addresses(site.var / "mirror")
    pages = [address for address in known if address.partition("?")[0].endswith("/")][:230]
    assert len(pages) >= 200
    with site.served() as live:
        before = {address: get(live + address) for address in pages}
    assert {status for status, _, _ in before.values()} == {200}
    with nginx(tmp_path / "nginx", site.var, application=free_port()) as alone:
        after = {address: get(alone + address, 1 + number % 100) for number, address in enumerate(known)}
        downloads = [address for address in pages if before[address][2]["Content-Type"] != HTML]
        led = {address: re.search(r'href="([^"]+)"', after[address][1].decode())[1] for address in downloads}
        taken = {address: get(alone + target) for address, target in led.items()}
    assert [address for address, (status, _, _) in after.items() if status != 200] == []
    assert len(downloads) > 5
    assert all(taken[address][1] == before[address][1] for address in downloads)
    assert {answer[2]["Content-Type"] for answer in taken.values()} >= {"application/pdf"}
    pages = [address for address in pages if address not in downloads]
    assert [address for address in pages if text(before[address][1]) != text(after[address][1])] == []
    assert all("110" in after[address][2]["Warning"] for address in pages)


def test_what_the_mirror_has_no_page_for_says_so(site, tmp_path):
    with nginx(tmp_path / "nginx", site.var, application=free_port()) as alone:
        filtered = get(f"{alone}/thu-tuc-hanh-chinh/?linh-vuc=a&chu=B")
        assert (filtered[0], "tạm nghỉ" in filtered[1].decode()) == (200, True)
        assert get(f"{alone}/tin-tuc/?utm_source=x")[0] == 200
        missing = get(f"{alone}/khong-co/")
        assert (missing[0], missing[2]["Retry-After"]) == (503, "30")
        staff = get(f"{alone}/quan-tri/")
        assert (staff[0], "tạm ngừng" in staff[1].decode()) == (503, True)
        assert get(f"{alone}/?/../../../../etc/passwd")[0] == 200
        assert b"root:" not in get(f"{alone}/?/../../../../etc/passwd")[1]


def test_only_what_changed_is_written_again(site):
    mirror = site.var / "mirror"
    assert "Không có gì thay đổi" in site.manage("mirror", str(mirror))
    address = site.python(
        "from news.models import Article\n"
        "article = Article.objects.published().first()\n"
        "article.title = 'Tên mới của bài'; article.save()\n"
        "print(article.get_absolute_url())"
    )
    times = {file: file.stat().st_mtime_ns for file in mirror.rglob("index.html")}
    site.manage("mirror", str(mirror))
    changed = {file for file, time in times.items() if file.stat().st_mtime_ns != time}
    for path in (address, "/", "/tin-tuc/"):
        assert "Tên mới của bài" in (mirror / path.strip("/") / "index.html").read_text()
    assert len(changed) < len(times) / 2
    site.python(
        "from django.utils import timezone; from news.models import Article\n"
        "article = Article.objects.get(title='Tên mới của bài'); article.expires_at = timezone.now(); article.save()"
    )
    site.manage("mirror", str(mirror))
    assert not (mirror / address.strip("/") / "index.html").exists()
    assert "Tên mới của bài" not in (mirror / "tin-tuc/index.html").read_text()


def test_the_one_of_midnight_waits_for_the_one_at_work(site):
    folder = site.var / "mirror"
    command, pipes = [sys.executable, "manage.py", "mirror", str(folder)], {"stdout": subprocess.PIPE, "text": True}
    with (folder / ".lock").open("w") as at_work:
        fcntl.flock(at_work, fcntl.LOCK_EX)
        second = subprocess.Popen(command, cwd=ROOT, env=site.environment, stderr=subprocess.PIPE, **pipes)
        assert "chờ lệnh đó xong" in second.stderr.readline()
    assert "Không có gì thay đổi" in second.communicate()[0]
    assert second.returncode == 0
