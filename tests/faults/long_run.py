"""`python -m tests.faults.long_run [REQUESTS]`: a million mixed requests while an article is published again and again.

Each publication makes every page anew: one a second, and that is all there is time for (50 requests/s); so it is one in
20 seconds. One request in two hundred asks for what there is not, one for a search.

The requests come from wrk (Debian package of that name). At most one may fail, and memory may not grow by more than 5 %
once the first fifth has filled the page cache.
"""

import json
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from tests.faults.conflicts import LIST, Fields
from tests.live import Site, ask, site

REQUESTS = 1_000_000
GROWTH = 5  # per cent
PUBLISHED_EVERY = 20  # seconds
MIX = """
local paths = {%s}
local threads, at = {}, 0
function setup(thread) table.insert(threads, thread) end
function init() failed = 0 end
request = function()
  at = at + 1
  local path = paths[at %% #paths + 1]
  if at %% 200 == 0 then path = "/khong-co-" .. at .. "/" end
  if at %% 201 == 0 then path = "/tim-kiem/?q=ho+so+" .. (at %% 1000) end
  return wrk.format("GET", path, {["Accept-Encoding"] = at %% 3 == 0 and "gzip" or "br"})
end
response = function(status) if status ~= 200 and status ~= 404 then failed = failed + 1 end end
done = function(summary, latency, requests)
  local errors, wrong = summary.errors, 0
  for _, thread in ipairs(threads) do wrong = wrong + thread:get("failed") end
  print(string.format("WRONG %%d", wrong + errors.connect + errors.read + errors.write + errors.timeout))
  print(string.format("ASKED %%d", summary.requests))
end
"""


def addresses(running: Site) -> list[str]:
    found = {
        "/",
        "/tin-tuc/",
        "/van-ban/",
        "/thu-tuc-hanh-chinh/",
        "/chinh-sach/",
        "/tin-tuc/atom.xml",
        "/so-do-trang/",
    }
    for path in [*found, "/tin-tuc/?trang=2"]:
        found |= set(
            re.findall(
                r'href="(/(?:tin-tuc|van-ban|thu-tuc|chinh-sach)[^"#&]*)"', ask(running.port, path).body.decode()
            )
        )
    return sorted(path for path in found if ask(running.port, path).status == 200)


def publish(running: Site, number: str, stop: threading.Event) -> None:
    staff, turn = running.staff(), 0
    while not stop.wait(PUBLISHED_EVERY):
        turn += 1
        page = staff.get(f"{LIST}{number}/change/").body.decode()
        fields = {name: value for name, value in Fields(page).values.items() if name != "csrfmiddlewaretoken"}
        staff.post(f"{LIST}{number}/change/", {**fields, "title": f"Bản tin số {turn}"})


def asked(running: Site, script: Path, seconds: int) -> tuple[int, int]:
    """How many requests, and how many of them went wrong."""
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--timeout", "10s", "-s", str(script)]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{running.port}"], capture_output=True, text=True, check=True
    ).stdout
    wrong = re.search(r"WRONG (\d+)", said)
    return int(re.search(r"ASKED (\d+)", said)[1]), int(wrong[1])


def main(most: int = REQUESTS) -> int:
    with site(outside=True) as running, tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "mix.lua")
        script.write_text(MIX % ", ".join(f'"{path}"' for path in addresses(running)))
        with running.postgres.connected() as cursor:
            cursor.execute("SELECT id FROM news_article WHERE status = 'published' LIMIT 1")
            number = cursor.fetchone()[0]
        stop = threading.Event()
        publisher = threading.Thread(target=publish, args=(running, number, stop))
        publisher.start()
        requests, wrong, memory = 0, 0, []
        while requests < most:
            more, failed = asked(running, script, 10)
            requests, wrong = requests + more, wrong + failed
            memory.append((requests, running.memory()))
        stop.set()
        publisher.join()
        wrong += ask(running.port, "/").status != 200
    filled = next(megabytes for count, megabytes in memory if count >= most / 5)
    grown = 100 * (memory[-1][1] - filled) / filled
    figures = {"requests": requests, "wrong": wrong, "memory_mb": memory[:: max(1, len(memory) // 8)]}
    sys.stdout.write(json.dumps({**figures, "grown_percent": round(grown, 1)}) + "\n")
    return 0 if wrong <= 1 and grown <= GROWTH else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
