"""Permissions are named in Vietnamese: Django writes "Can add …" into the database when it makes them."""

from typing import Any

from django.contrib.auth.models import Permission
from django.utils import translation

_ACTIONS = {
    "add": "Thêm {}",
    "change": "Sửa {}",
    "delete": "Xóa {}",
    "view": "Xem {}",
    "edit": "Biên tập {} của người khác",
    "publish": "Duyệt, đăng và rút {}",
    "force_publish": "Đăng {} không qua người thứ hai",
}


def name_all(**kwargs: Any) -> None:
    """Called after each app's migrations; names what was made before."""
    with translation.override("vi"):
        for permission in Permission.objects.filter(name__startswith="Can ").select_related("content_type"):
            model = permission.content_type.model_class()
            action = permission.codename.removesuffix(f"_{permission.content_type.model}")
            if model and action in _ACTIONS:
                permission.name = _ACTIONS[action].format(model._meta.verbose_name)[:255]
                permission.save()
