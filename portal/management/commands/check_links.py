"""`manage.py check_links`: follows the links of all published texts and lists the broken ones for staff. Weekly."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.db.models import F
from tqdm import tqdm

from portal import broken_links, link_targets, outside_links


class Command(BaseCommand):
    help = "Kiểm tra liên kết trong các bài đã đăng. Trang ngoài chỉ được hỏi khi đặt CHECK_LINKS=true."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--most", type=int, default=500, help="số trang ngoài nhiều nhất mỗi lần (500)")
        parser.add_argument("--minutes", type=float, default=60, help="thời gian lâu nhất (60 phút)")

    def handle(self, *args: Any, most: int, minutes: float, **options: Any) -> None:
        broken_links.gather()
        links = broken_links.CheckedLink.objects
        reader = broken_links.reader()
        for link in tqdm(links.filter(address__startswith="/"), desc="Trang của cổng", disable=None):
            link.note(link_targets.trouble(link.address, reader))
        if settings.CHECK_LINKS:
            ends = time.monotonic() + minutes * 60
            outside = links.exclude(address__startswith="/").order_by(F("checked_at").asc(nulls_first=True))
            for link in tqdm(list(outside[:most]), desc="Trang ngoài", disable=None):
                if time.monotonic() > ends:
                    break
                link.note(outside_links.problem_of(link.address))
        else:
            self.stdout.write("Không hỏi trang ngoài, vì CHECK_LINKS đang tắt.")
        for link in broken_links.broken():
            self.stdout.write(f"{link.address}: {link.problem}")
        self.stdout.write(f"{broken_links.broken().count()} liên kết hỏng trong {links.count()} liên kết.")
