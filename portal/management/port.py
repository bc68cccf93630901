"""Refuses a port that cannot be served. Needs no packages: `make run` asks before it installs any."""

import errno
import os
import socket
import sys

# The site listens on the first; a browser that is told "localhost" may try the second before it.
ADDRESSES = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}


def free_port(value: str) -> int:
    """The port as a number, if it is one and nobody listens there. Otherwise says what to do and exits."""
    if not value.isascii() or not value.isdigit() or not 0 < int(value) < 65536:
        sys.exit(f"PORT phải là một số từ 1 đến 65535, không phải {value!r}.")
    port = int(value)
    for address, family in ADDRESSES.items():
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                sys.exit(
                    f"Cổng {port} đang được một chương trình khác dùng (có thể cổng thông tin đã chạy sẵn).\n"
                    f"Hãy dừng chương trình đó, hoặc chọn cổng khác:  make run PORT={port % 65535 + 1}"
                )
            if error.errno == errno.EACCES:
                sys.exit(f"Không có quyền dùng cổng {port}. Hãy chọn cổng từ 1024 trở lên:  make run PORT=8000")
            if family == socket.AF_INET:  # a machine without IPv6 is served just as well
                raise
    return port


if __name__ == "__main__":
    free_port(os.environ.get("PORT", "8000"))
