"""How staff keep policies."""

from django.contrib import admin

from policies.models import Policy, PolicyBasis, PolicyFile, Topic
from portal.admin import OrderedAdmin
from portal.editorial.attachment_admin import AttachmentInline
from portal.editorial.editing import PublishableAdmin
from portal.editorial.rows import InOrder


class Bases(InOrder, admin.TabularInline):
    model = PolicyBasis
    fields = ["position", "number", "name", "issued_on", "issuer", "document"]
    raw_id_fields = ["document"]


class Files(AttachmentInline):
    model = PolicyFile


@admin.register(Policy)
class PolicyAdmin(PublishableAdmin):
    list_display = ["title", "state", "topic", "review_by", "updated_at"]
    list_filter = ["status", "topic", "review_by"]
    list_select_related = ["topic"]
    main_fields = ["title", "topic", "summary", "audience", "benefits", "conditions", "body", "procedures", "cover"]
    autocomplete_fields = ["cover"]
    raw_id_fields = ["procedures"]
    inlines = [Bases, Files]
    changed_together = ["topic"]


@admin.register(Topic)
class TopicAdmin(OrderedAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name"]
