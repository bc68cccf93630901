"""manage.py load_demo: the demonstration content of every app that has some. Running it again changes nothing."""

from importlib import import_module
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.module_loading import module_has_submodule

from portal.legal_bases import link_all


class Command(BaseCommand):
    help = "Nạp nội dung mẫu."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            loaded = []
            for app in apps.get_app_configs():
                if module_has_submodule(app.module, "demo"):
                    self.stdout.write(f"Nội dung mẫu: {app.verbose_name}")
                    loaded.append(import_module(f"{app.name}.demo"))
                    loaded[-1].load()
            for demo in loaded:
                getattr(demo, "link", lambda: None)()  # what points to another app, now that all are there
            link_all()
