"""A backup brings everything back, or says why not; what nobody names any more is swept."""

import hashlib
import json
import os
import stat
from pathlib import Path

import pytest

from tests.faults.site import Site

CONTENT = """
from io import BytesIO
from PIL import Image
from django.core.files.base import ContentFile
from portal.models import Page, Picture, SiteIdentity
from portal.workflow import Status
photo = BytesIO()
Image.new("RGB", (800, 600), "navy").save(photo, "JPEG")
picture = Picture.take_in(photo, alt="Biển")
SiteIdentity.objects.create(name="Sở", emblem=picture)
for number in range(30):
    Page.objects.create(title=f"Trang {number}", body=f'<p>Số {number}</p><img src="{picture.body_url}" alt="Biển">')
"""
STATE = """
from contextlib import closing
from portal.backup import database
with closing(database.connect()) as reader:
    print(sorted(database.fingerprint(reader).items()))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    var = tmp_path_factory.mktemp("site") / "var"
    var.mkdir()
    for folder in (var, *var.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o011)
    site = Site(var)
    site.manage("migrate", "--verbosity=0")
    site.manage("backup")  # also of a site that nobody uploaded anything to
    site.python(CONTENT)
    return site


@pytest.fixture(scope="module")
def backup(site):
    site.manage("backup")
    return json.loads((site.var / "backups/last.json").read_text())


def files_of(site):
    media = site.var / "media"
    return {path: path.read_bytes() for path in media.rglob("*") if path.is_file()}


def test_the_marker_tells_of_a_private_file(backup):
    content = Path(backup["file"]).read_bytes()
    assert backup["size"] == len(content)
    assert backup["sha256"] == hashlib.sha256(content).hexdigest()
    assert stat.S_IMODE(os.stat(backup["file"]).st_mode) == 0o600


def test_a_rehearsal_finds_every_table_and_file_equal(site, backup):
    assert "giống hệt lúc sao lưu" in site.manage("rehearse_restore", backup["file"])


def test_what_was_lost_and_what_was_changed_comes_back(site, backup):
    files = files_of(site)
    newest = "from portal.changes import Change; print(Change.objects.latest('pk').pk)"
    site.python("from portal.models import Page; Page.objects.all().delete()")
    first, second, *_ = files
    first.unlink()
    second.write_bytes(b"damaged")
    before = int(site.python(newest))
    assert "--replace" in site.refused("restore", backup["file"])
    site.manage("restore", "--replace", backup["file"])
    assert site.python("from portal.models import Page; print(Page.objects.count(), Page.history.count())") == "30 30"
    assert files_of(site) == files
    assert int(site.python(newest)) > before, "copies would take what was restored for what they know"


@pytest.mark.parametrize("harm", ["one byte", "cut off", "no backup at all"])
def test_a_damaged_backup_changes_nothing(site, backup, tmp_path, harm):
    damaged = tmp_path / "portal.tar"
    content = bytearray(Path(backup["file"]).read_bytes())
    if harm == "one byte":
        content[len(content) // 2] ^= 1
    damaged.write_bytes({"cut off": content[: len(content) // 2], "no backup at all": b"x" * 2000}.get(harm, content))
    before = site.python(STATE)
    assert "dữ liệu đang có vẫn như cũ" in site.refused("restore", "--replace", str(damaged))
    assert site.python(STATE) == before


def test_a_dump_that_breaks_off_changes_nothing(site, tmp_path):
    code = f"""
from pathlib import Path
from portal.backup import database
whole, part = Path({str(tmp_path)!r}, "whole"), Path({str(tmp_path)!r}, "part")
with database.snapshot() as (reader, moment):
    database.dump(whole, moment)
part.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
try:
    database.restore(part)
except database.Failed:
    print("refused")
"""
    before = site.python(STATE)
    assert site.python(code) == "refused"
    assert site.python(STATE) == before


def test_an_encrypted_backup_opens_with_its_key_only(site, tmp_path):
    mine, other = (
        site.python("import pyrage; key = pyrage.x25519.Identity.generate(); print(key.to_public(), key)").split()
        for _ in range(2)
    )
    folder = tmp_path / "backups"
    site.manage("backup", "--to", str(folder), BACKUP_RECIPIENT=mine[0])
    (file,) = folder.glob("portal-*.tar.age")
    assert b"CREATE TABLE" not in file.read_bytes()
    assert "mã hóa" in site.refused("rehearse_restore", str(file))
    for name, key in (("mine", mine), ("other", other)):
        (tmp_path / name).write_text(f"# public key: {key[0]}\n{key[1]}\n")
    assert "Không giải mã được" in site.refused("rehearse_restore", str(file), "--identity", str(tmp_path / "other"))
    assert "giống hệt" in site.manage("rehearse_restore", str(file), "--identity", str(tmp_path / "mine"))


def test_only_the_newest_are_kept(site, tmp_path):
    for day in range(10, 15):
        (tmp_path / f"portal-202601{day}T000000Z.tar").touch()
    site.manage("backup", "--to", str(tmp_path), "--keep", "2")
    assert sorted(path.name for path in tmp_path.iterdir())[0] == "portal-20260114T000000Z.tar"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_disk_that_takes_nothing_is_said_in_words(site):
    assert "Không ghi được bản sao lưu" in site.refused("backup", "--to", "/proc/backups")


def test_orphans_are_listed_then_swept_and_nothing_else(site):
    files = set(files_of(site))
    orphan, young = site.var / "media/tep/2020/01/abc.pdf", site.var / "media/tep/2020/01/def.pdf"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x")
    young.write_bytes(b"x")
    for path in (*files, orphan):
        os.utime(path, (0, 0))
    assert site.manage("sweep_uploads", "--dry-run").startswith("tep/2020/01/abc.pdf\nCó thể xóa 1 tệp")
    assert orphan.exists()
    site.manage("sweep_uploads")
    assert set(files_of(site)) == files | {young}
