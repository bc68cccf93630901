"""Pages that belong to no content type, and what every public page has in common."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.functional import cached_property
from django.views.generic import DetailView, TemplateView
from django.views.generic.base import ContextMixin

from portal import readership, structured_data
from portal.models import Official, Page, SiteIdentity, Unit, WebsiteLink

Crumbs = list[tuple[str, str | None]]


class PublicPage(ContextMixin):
    """Title, trail and addresses that base.html shows.

    `kept` names the parameters of the address that the page reads. Its canonical address and its copies in the page
    cache know no others; the view itself never sees them (portal.pagecache.keys).
    """

    title = ""
    description = ""
    kept: tuple[str, ...] = ()

    def crumbs(self) -> Crumbs:
        """The way from the home page, which base.html adds, to this page (without an address)."""
        return [(self.get_title(), None)]

    @cached_property
    def trail(self) -> Crumbs:
        return self.crumbs()

    def get_title(self) -> str:
        return self.title

    def get_description(self) -> str:
        return self.description

    def structured_data(self) -> list[dict[str, Any]]:
        return [structured_data.breadcrumbs(self.trail, self.request.path)] if self.trail else []

    def canonical(self) -> str:
        query = urlencode([(name, self.request.GET[name]) for name in self.kept if self.request.GET.get(name)])
        return settings.SITE_URL + self.request.path + (f"?{query}" if query else "")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            title=self.get_title(),
            description=self.get_description(),
            crumbs=self.trail,
            canonical=self.canonical(),
            structured_data=self.structured_data(),
            **kwargs,
        )


class PublishableDetail(PublicPage, DetailView):
    """One item at its own address. Staff who may view the type see drafts here too, marked and never cached."""

    kind = "Article"  # schema.org type

    @property
    def unsaved(self) -> bool:
        return getattr(self.request, "unsaved", False)  # set by portal.editorial.previewing

    def may_preview(self) -> bool:
        if self.unsaved:
            return True
        # Readers carry no session cookie, and asking for the user would open a session.
        if settings.SESSION_COOKIE_NAME not in self.request.COOKIES:
            return False
        meta, user = self.model._meta, self.request.user
        allowed = any(user.has_perm(f"{meta.app_label}.{right}_{meta.model_name}") for right in ("view", "change"))
        return user.is_staff and allowed

    def get_queryset(self) -> QuerySet:
        everything = self.model.objects.select_related("cover")
        return everything if self.may_preview() else everything.readable()

    def get_title(self) -> str:
        return self.object.title

    def get_description(self) -> str:
        return self.object.description

    def canonical(self) -> str:
        """A withdrawn item's canonical address is the one that replaces it."""
        own = self.object.get_absolute_url()
        return structured_data.absolute((self.object.is_withdrawn and self.object.successor_url) or own)

    def structured_data(self) -> list[dict[str, Any]]:
        return [*super().structured_data(), structured_data.article(self.object, self.kind, SiteIdentity.current())]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        hidden = not (self.object.is_published or self.object.is_withdrawn)
        cover = self.object.cover
        return super().get_context_data(
            preview=hidden or self.unsaved,
            og_type="article",
            social_image=structured_data.absolute(cover.url) if cover else "",
            **kwargs,
        )

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        if context["preview"]:
            patch_cache_control(response, private=True, no_store=True)
            response["X-Robots-Tag"] = "noindex"
        else:
            readership.note(self.request, self.object)
        return response


class Home(PublicPage, TemplateView):
    template_name = "home.html"
    title = "Trang chủ"

    def crumbs(self) -> Crumbs:
        return []

    def get_description(self) -> str:
        return f"Cổng thông tin chính thức của {SiteIdentity.current().name}"

    def structured_data(self) -> list[dict[str, Any]]:
        site = SiteIdentity.current()
        return [structured_data.organization(site), structured_data.website(site)]


class PageDetail(PublishableDetail):
    model = Page
    template_name = "portal/page.html"
    slug_field = slug_url_kwarg = "path"

    @cached_property
    def above(self) -> list[Page]:
        """The pages this one lies under, from the top."""
        parts = self.object.path.split("/")[:-1]
        paths = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
        return list(Page.objects.filter(path__in=paths).defer("body").order_by("path")) if paths else []

    def crumbs(self) -> Crumbs:
        return [*((page.title, page.get_absolute_url()) for page in self.above), (self.object.title, None)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        root = self.object.path.split("/")[0]
        branch = list(Page.objects.published().filter(path__startswith=f"{root}/").for_list())
        return super().get_context_data(
            siblings_tree=[self._entry(page, branch) for page in branch if page.path.count("/") == 1],
            section_title=(self.above or [self.object])[0].title,
            section_url=reverse("page", args=[root]),
            **self._block(),
            **kwargs,
        )

    def _entry(self, page: Page, branch: list[Page]) -> dict[str, Any]:
        below = [self._entry(child, branch) for child in branch if child.parent_id == page.pk]
        current = page.pk == self.object.pk
        return {"title": page.title, "url": page.get_absolute_url(), "current": current, "children": below}

    def _block(self) -> dict[str, Any]:
        if not self.object.block:
            return {}
        officials = Prefetch("officials", Official.objects.filter(is_leader=False))
        units = list(Unit.objects.prefetch_related(officials))
        groups = [(label, [unit for unit in units if unit.group == group]) for group, label in Unit.Group.choices]
        leaders = Official.objects.filter(is_leader=True).select_related("picture")
        return {"unit_groups": groups, "units": units, "leaders": list(leaders)}


class Links(PublicPage, TemplateView):
    template_name = "portal/links.html"
    title = "Liên kết website"
    description = "Cổng thông tin của các cơ quan nhà nước ở trung ương và trong tỉnh."


def go_to_link(request: HttpRequest) -> HttpResponse:
    """Opens a listed website, and no other address.

    By a page of ours that leads on at once: a redirect would need a policy by which any form may lead anywhere.
    """
    number = request.GET.get("trang", "")
    link = get_object_or_404(
        WebsiteLink, pk=number if number.isascii() and number.isdigit() and len(number) < 18 else 0
    )
    context = {"title": f"Đang mở trang {link.name}", "link": link, "noindex": True}
    return render(request, "portal/leading_on.html", context)


class SiteMap(PublicPage, TemplateView):
    template_name = "portal/site_map.html"
    title = "Sơ đồ trang"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pages = list(Page.objects.published().for_list())
        return super().get_context_data(
            pages=[
                {"page": page, "below": [p for p in pages if p.parent_id == page.pk]}
                for page in pages
                if not page.parent_id
            ],
            **kwargs,
        )
