"""The four roles that the portal starts with. A site may change them afterwards in the admin."""

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import models
from django.db.models import Q

from portal.changes import Visible
from portal.organisation import Agency
from portal.pictures import Picture
from portal.publishing import Publishable
from portal.synonyms import Synonym

WRITER, EDITOR, APPROVER, ADMINISTRATOR = "Soạn thảo", "Biên tập", "Phê duyệt", "Quản trị"
_READ = ["view"]
_KEEP = ["view", "add", "change"]
_ALL = [*_KEEP, "delete"]
_SITE = {"menuitem", "websitelink", "notice", "unit", "official", "swappedday", "searchcount"}
# What each role may do with each kind of thing. The administrators hold every right there is.
# `edit` is changing what somebody else wrote and handing it back; without it, `change` means one's own drafts.
RIGHTS = {
    WRITER: {"content": _ALL, "rows": _ALL, "pictures": _KEEP, "terms": _READ, "site": _READ},
    EDITOR: {"content": [*_ALL, "edit"], "rows": _ALL, "pictures": _ALL, "terms": _KEEP, "site": _READ},
    APPROVER: {"content": [*_ALL, "edit", "publish"], "rows": _ALL, "pictures": _ALL, "terms": _ALL, "site": _ALL},
}


def kind_of(model: type[models.Model]) -> str:
    """content, its rows, pictures, the terms it is ordered by, the site around it, or administration."""
    if issubclass(model, Publishable):
        return "content"
    if model is Picture:
        return "pictures"
    if model in (Agency, Synonym):
        return "terms"
    if model._meta.app_label == "portal":
        return "site" if model._meta.model_name in _SITE else "administration"
    if not issubclass(model, Visible):
        return "administration"
    owners = [field.related_model for field in model._meta.fields if field.many_to_one and not field.null]
    return "rows" if any(issubclass(owner, Publishable) for owner in owners) else "terms"


def grant() -> None:
    """Makes the groups and gives them their rights; takes none away. Call it again when models were added."""
    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0)
    for role, rights in RIGHTS.items():
        wanted = Q(pk__in=[])
        for model in apps.get_models():
            meta = model._meta
            for action in rights.get(kind_of(model), []):
                wanted |= Q(content_type__app_label=meta.app_label, codename=f"{action}_{meta.model_name}")
        Group.objects.get_or_create(name=role)[0].permissions.add(*Permission.objects.filter(wanted))
    everything = Permission.objects.exclude(content_type__model__startswith="historical")
    Group.objects.get_or_create(name=ADMINISTRATOR)[0].permissions.add(*everything)


# What somebody may do with an item of a content type, and the rights it takes. The tests try every line of it.
WHO_MAY = {
    "Viết mục mới": {"add"},
    "Sửa bản nháp của mình": {"change"},
    "Sửa bản nháp của người khác": {"change", "edit"},
    "Gửi duyệt bài của mình": {"change"},
    "Trả lại bài chờ duyệt, kèm lý do": {"change", "edit"},
    "Duyệt và đăng bài người khác gửi": {"publish"},
    "Đăng thẳng, không qua người thứ hai": {"publish", "force_publish"},
    "Lập bản sửa cho bài của mình đang đăng": {"change"},
    "Lập bản sửa cho bài của người khác đang đăng": {"change", "edit"},
    "Duyệt bản sửa người khác gửi": {"publish"},
    "Rút bài đang đăng": {"publish"},
    "Xóa bản nháp của mình": {"delete"},
    "Xóa bản nháp của người khác": {"delete", "edit"},
    "Xóa bài đang đăng": {"delete", "publish"},
}


def table(model: type[Publishable]) -> dict[str, dict[str, bool]]:
    """Who may do what with a content type, as the groups stand now: {action: {role: whether}}."""
    held: dict[str, set[str]] = {}
    for group in Group.objects.prefetch_related("permissions__content_type").order_by("pk"):
        own = [p for p in group.permissions.all() if p.content_type.model == model._meta.model_name]
        held[group.name] = {p.codename.removesuffix(f"_{model._meta.model_name}") for p in own}
    return {action: {role: needed <= rights for role, rights in held.items()} for action, needed in WHO_MAY.items()}
