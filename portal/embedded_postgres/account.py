"""Whom the server runs as. PostgreSQL refuses to run as root, so under root it gets a system user of its own."""

import logging
import os
import pwd
import stat
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

# Not `nobody`: every other program that runs as nobody could read our data and use our socket.
SYSTEM_USER = "portal-postgres"

logger = logging.getLogger(__name__)


class Account(NamedTuple):
    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Hand a file or folder over, when that is not its owner already."""
        if path.stat().st_uid != self.uid:
            os.chown(path, self.uid, self.gid)

    def open_way_to(self, path: Path) -> None:
        """Let the account pass through the folders above: x only, so it cannot list them. Root only."""
        opened = []
        for folder in reversed(path.parents):
            status = folder.stat()
            needed = stat.S_IXUSR if status.st_uid == self.uid else stat.S_IXOTH
            if os.geteuid() == 0 and not status.st_mode & needed:
                folder.chmod(stat.S_IMODE(status.st_mode) | needed)
                opened.append(str(folder))
        if opened:
            logger.warning("PostgreSQL không chạy bằng root: đã cho đi qua (chmod o+x) %s", ", ".join(opened))

    def open_programs(self, program: Path, trees: Iterable[Path]) -> None:
        """Make the installed programs readable, which a strict umask prevents when root installs them. Root only."""
        self.open_way_to(program)
        if os.geteuid() or program.stat().st_mode & stat.S_IROTH:
            return
        for tree in trees:
            for path in (tree, *tree.rglob("*")):
                mode = stat.S_IMODE(path.stat().st_mode)
                path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def account_for(data: Path) -> Account:
    """The owner of existing data (PostgreSQL insists on that), else ourselves, else under root the system user."""
    if os.geteuid():
        return Account(os.geteuid(), os.getegid())
    if data.exists() and (owner := data.stat()).st_uid:
        return Account(owner.st_uid, owner.st_gid)
    entry = _system_user()
    return Account(entry.pw_uid, entry.pw_gid)


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        subprocess.run(["useradd", *options, "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True)
        return pwd.getpwnam(SYSTEM_USER)
