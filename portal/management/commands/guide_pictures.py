"""`manage.py guide_pictures ADDRESS USER PASSWORD`: takes the pictures of the guide anew, from a running demonstration.

Needs the browser of the tests (tests/requirements.txt); the running site does not.
"""

import importlib
import shutil
from argparse import ArgumentParser
from io import BytesIO
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import BaseCommand
from django.db.models import Count
from PIL import Image

from portal.desk.guide import HEIGHT, PICTURES, WIDTH

FOLDER = settings.BASE_DIR / "static" / "guide"


class Command(BaseCommand):
    help = "Chụp lại các màn hình của trang hướng dẫn từ một trang mẫu đang chạy."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="ví dụ http://localhost:8000")
        parser.add_argument("user")
        parser.add_argument("password")

    def handle(self, *args: Any, address: str, user: str, password: str, **options: Any) -> None:
        playwright = importlib.import_module("playwright.sync_api")
        start = f"{address.rstrip('/')}/quan-tri/"
        FOLDER.mkdir(exist_ok=True)
        gallery = self._article_with_most_photos()  # the browser's loop forbids asking later
        with playwright.sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="vi-VN")
            page.goto(start)
            page.fill("#id_username", user)
            page.fill("#id_password", password)
            page.click("[type=submit]")
            for name, path, shown in PICTURES:
                page.goto(start + path.format(gallery=gallery))
                page.wait_for_load_state("networkidle")
                if shown:
                    page.locator(shown).first.evaluate("element => element.scrollIntoView()")
                self._keep(name, page.screenshot())
            browser.close()

    def _keep(self, name: str, screenshot: bytes) -> None:
        path = FOLDER / f"{name}.webp"
        Image.open(BytesIO(screenshot)).convert("RGB").save(path, "WEBP", quality=72, method=6)
        self.stdout.write(f"{path.name}: {path.stat().st_size >> 10} KB")

    def _article_with_most_photos(self) -> int:
        articles = apps.get_model("news.Article").objects.annotate(many=Count("photos"))
        return articles.order_by("-many").values_list("pk", flat=True)[0]
