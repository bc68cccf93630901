"""Makes the search index of this machine anew from the database."""

import time
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from portal.search import follower


class Command(BaseCommand):
    help = "Lập lại chỉ mục tìm kiếm của máy này từ cơ sở dữ liệu. Trang tìm kiếm vẫn trả lời trong lúc đó."

    def handle(self, **options: Any) -> None:
        start = time.monotonic()
        with tqdm(total=follower.size(), unit=" mục", desc="Lập chỉ mục", disable=None) as bar:
            count = follower.rebuild(seen=bar.update)
        self.stdout.write(f"Đã lập chỉ mục {count} đoạn trong {time.monotonic() - start:.1f} giây.")
