"""Uploads are whole or not there, and never replace one another."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation, ValidationError
from django.core.files.base import ContentFile

from portal.storage import DurableStorage


@pytest.fixture
def storage(tmp_path):
    return DurableStorage(location=tmp_path)


def test_a_stored_file_is_read_back(storage, tmp_path):
    name = storage.save("anh/ab/anh.jpg", ContentFile(b"noi dung"))
    assert name == "anh/ab/anh.jpg"
    assert Path(storage.path(name)).read_bytes() == b"noi dung"
    assert [path.name for path in (tmp_path / "anh/ab").iterdir()] == ["anh.jpg"]
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o644


def test_an_upload_that_breaks_off_leaves_nothing(storage, tmp_path):
    class Broken(ContentFile):
        def chunks(self, size=None):
            yield b"mot nua"
            raise OSError("connection lost")

    with pytest.raises(OSError, match="lost"):
        storage.save("tep/don.pdf", Broken(b""))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_full_disk_is_told_in_words_and_leaves_nothing(storage, tmp_path):
    class TooMuch(ContentFile):
        def chunks(self, size=None):
            yield b"mot nua"
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ValidationError, match="hết chỗ"):
        storage.save("tep/don.pdf", TooMuch(b""))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_files_of_one_name_stored_at_once_are_all_kept(storage):
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda number: storage.save("don.pdf", ContentFile(b"%d" % number)), range(40)))
    assert len(set(names)) == 40
    assert sorted(int(Path(storage.path(name)).read_bytes()) for name in names) == list(range(40))


def test_no_name_leads_out_of_the_folder(storage):
    for name in ("../x.pdf", "/etc/x.pdf", "a/../../x.pdf"):
        with pytest.raises(SuspiciousFileOperation):
            storage.save(name, ContentFile(b"x"))
