"""`python -m tests.security.siege [SHARE]`: every hostile string in every public parameter, path and header.

Each place gets every SHARE-th string, each place others; 1 sends all to all, which takes hours. Prints one line of
JSON; exit code 1 when an answer was wrong or took a second.
"""

import json
import logging
import os
import sys
import time

import django

from tests import DATA

SLOWEST = 1.0  # seconds


def main(share: int = 40) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from django.core.management import call_command

    from portal import wsgi
    from portal.models import WebsiteLink
    from tests.security.hostile_requests import Siege, route_of, strings
    from tests.wsgi import ask

    for command in ("migrate", "load_demo"):
        call_command(command, verbosity=0, stdout=sys.stderr)
    logging.disable(logging.ERROR)
    listed = set(WebsiteLink.objects.values_list("url", flat=True))
    siege = Siege(lambda path, **environ: ask(wsgi.application, path, **environ), route_of, listed)
    sent, wrong, slowest = 0, [], (0.0, "", "")
    places, everything = siege.places(), strings(DATA)
    for number, (name, attack_with) in enumerate(places):
        for text in everything[number % share :: share]:
            attack = attack_with(text)
            began = time.perf_counter()
            answer = siege.answer(attack)
            slowest = max(slowest, (round(time.perf_counter() - began, 3), name, text))
            wrong += [(name, text, reason) for reason in siege.judge(attack, answer)]
            sent += 1
    figures = {"places": len(places), "strings": len(everything), "requests": sent, "wrong": wrong[:20]}
    sys.stdout.write(json.dumps({**figures, "slowest": slowest}, ensure_ascii=False) + "\n")
    return 1 if wrong or slowest[0] >= SLOWEST else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
