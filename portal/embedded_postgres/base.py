"""Django's PostgreSQL backend, connected to the server under `settings.VAR`."""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base

from portal.embedded_postgres.client import DatabaseClient
from portal.embedded_postgres.server import ROLE, ServerError, server_in


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        """Asked before every connection, so a server that has died is started again."""
        server = server_in(settings.VAR / "postgres")
        try:
            server.ensure_running()
        except ServerError as error:
            raise self.Database.OperationalError(str(error)) from error
        return {**super().get_connection_params(), "host": server.host, "user": ROLE}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError:
            # The server may have died just after it was asked. It is asked once more, and started if so.
            return super().get_new_connection(self.get_connection_params())
