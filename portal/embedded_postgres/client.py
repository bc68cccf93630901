"""`manage.py dbshell` with the psql that came with the server."""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import client

from portal.embedded_postgres.server import PROGRAMS, ROLE, server_in


class DatabaseClient(client.DatabaseClient):
    executable_name = str(PROGRAMS / "psql")

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: list[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        server = server_in(settings.VAR / "postgres")
        server.ensure_running()
        return super().settings_to_cmd_args_env({**settings_dict, "HOST": server.host, "USER": ROLE}, parameters)
