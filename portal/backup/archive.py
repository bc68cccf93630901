"""One file: a tar with the dump, every upload, and at its end the manifest; encrypted with age where a key is named."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Any

import pyrage
from django.core.files.storage import default_storage
from tqdm import tqdm

from portal.storage import names_in

MANIFEST, DUMP, MEDIA = "manifest.json", "database.dump", "media/"
CHUNK = 2**20  # bytes
Manifest = dict[str, Any]


class Damaged(Exception):
    """The file is not a backup of ours, or not whole any more."""


def write(path: Path, dump: Path, facts: Manifest, recipient: str = "") -> Manifest:
    """Writes the archive under its name only when it is whole and on disk. Returns its manifest."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with open(unfinished, "xb", opener=_private) as file:
            manifest = _fill(file, dump, facts)
            _on_disk(file)
        if recipient:
            plain = unfinished.rename(unfinished.with_suffix(".tar"))
            try:
                pyrage.encrypt_file(str(plain), str(unfinished), [pyrage.x25519.Recipient.from_str(recipient)])
            finally:
                plain.unlink()
            with unfinished.open("rb") as file:
                _on_disk(file)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    handle = os.open(path.parent, os.O_DIRECTORY)
    _on_disk(handle)
    os.close(handle)
    return manifest


def _fill(file: IO[bytes], dump: Path, facts: Manifest) -> Manifest:
    manifest = {**facts, "files": {}}
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        with dump.open("rb") as source:
            manifest["files"][DUMP] = _add(tar, DUMP, source, dump.stat().st_size)
        for name in tqdm(sorted(names_in(default_storage)), "Tệp tải lên", unit="tệp", disable=None):
            with default_storage.open(name) as source:
                manifest["files"][MEDIA + name] = _add(tar, MEDIA + name, source, source.size)
        content = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        _add(tar, MANIFEST, io.BytesIO(content), len(content))
    return manifest


def _add(tar: tarfile.TarFile, name: str, source: IO[bytes], size: int) -> list[Any]:
    """Adds a file and returns its size and checksum, of the very bytes that went in."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    reading = _Hashed(source)
    tar.addfile(entry, reading)
    return [size, reading.sha256.hexdigest()]


class _Hashed:
    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.sha256 = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size)
        self.sha256.update(data)
        return data


@contextmanager
def opened(path: Path, identity: Path | None = None) -> Iterator[tuple[tarfile.TarFile, Manifest]]:
    """The archive, every byte of which has been checked. Raises Damaged."""
    with TemporaryDirectory(prefix=".portal-backup-", dir=path.parent) as folder:
        if _is_encrypted(path):
            if identity is None:
                raise Damaged("Bản sao lưu đã mã hóa: cần --identity và tệp khóa bí mật.")
            path = _decrypted(path, Path(folder), identity)
        try:
            with tarfile.open(path, "r:") as tar:
                manifest = json.load(tar.extractfile(MANIFEST))
                _check(tar, manifest)
                yield tar, manifest
        except (tarfile.TarError, KeyError, ValueError, EOFError) as error:
            raise Damaged(f"Tệp không phải bản sao lưu hoặc đã hỏng: {error}") from error


def _check(tar: tarfile.TarFile, manifest: Manifest) -> None:
    expected = manifest["files"]
    entries = {entry.name: entry for entry in tar.getmembers() if entry.name != MANIFEST}
    if entries.keys() != expected.keys():
        raise Damaged("Bản sao lưu thiếu tệp hoặc thừa tệp so với bản kê.")
    for name, entry in tqdm(entries.items(), "Kiểm tra", unit="tệp", disable=None):
        path = PurePosixPath(name)
        if not entry.isreg() or path.is_absolute() or ".." in path.parts:
            raise Damaged(f"Bản sao lưu có mục không an toàn: {name}")
        if [entry.size, sha256(tar.extractfile(entry))] != expected[name]:
            raise Damaged(f"Tệp trong bản sao lưu đã hỏng: {name}")


def sha256(file: IO[bytes]) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def _is_encrypted(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"age-"


def _decrypted(path: Path, folder: Path, identity: Path) -> Path:
    keys = [line for line in identity.read_text().split() if line.startswith("AGE-SECRET-KEY-")]
    try:
        plain = folder / "plain.tar"
        pyrage.decrypt_file(str(path), str(plain), [pyrage.x25519.Identity.from_str(key) for key in keys])
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise Damaged(f"Không giải mã được bản sao lưu bằng khóa này: {error}") from error
    return plain


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _on_disk(file: IO[bytes] | int) -> None:
    if not isinstance(file, int):
        file.flush() if file.writable() else None
    os.fsync(file)
