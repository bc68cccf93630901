"""Uploads on disk: whole or not at all, and there after a power cut."""

import os
from collections.abc import Iterator
from errno import EDQUOT, ENOSPC
from pathlib import Path
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage

NO_ROOM = (ENOSPC, EDQUOT)
_FULL = "Máy chủ đã hết chỗ chứa tệp, nên chưa nhận được tệp này. Hãy báo người quản trị máy chủ, rồi thử lại."


class DurableStorage(FileSystemStorage):
    """Written under a temporary name, fsynced, then linked to the final one; the folder is fsynced too.

    Raises ValidationError where the disk is full: forms tell it beside the file, and keep everything else.
    """

    def _save(self, name: str, content: File) -> str:
        try:
            return self._write(name, content)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise ValidationError(_FULL, "no_room") from error
            raise

    def _write(self, name: str, content: File) -> str:
        folder = Path(self.path(name)).parent
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f".{uuid4().hex}.part"
        try:
            with unfinished.open("xb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            unfinished.chmod(self.file_permissions_mode or 0o644)
            name = self._link(unfinished, name)
        finally:
            unfinished.unlink(missing_ok=True)
        handle = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        return name.replace("\\", "/")

    def _link(self, unfinished: Path, name: str) -> str:
        """A link, unlike a rename, never replaces a file that another process just stored under the same name."""
        while True:
            try:
                os.link(unfinished, self.path(name))
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                return name


def names_in(storage: Storage, folder: str = "") -> Iterator[str]:
    """Every stored file, in any storage. What is being written at this moment does not count."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:  # nothing was uploaded yet
        return
    for name in files:
        if not name.startswith("."):
            yield f"{folder}{name}"
    for name in folders:
        yield from names_in(storage, f"{folder}{name}/")
