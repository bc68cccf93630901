"""The roof: where each room is entered."""

from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path

from portal import media, search_page, statistics, views, visitors, wellknown
from portal.editorial import deleting, previewing, staff_views
from portal.sitemaps import index, sitemaps

handler404 = "portal.failures.not_found"
handler403 = "portal.failures.denied"
handler500 = "portal.failures.failed"

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("tin-tuc/", include("news.urls")),
    path("chinh-sach/", include("policies.urls")),
    path("", include("procedures.urls")),
    path("van-ban/", include("legal_docs.urls")),
    path("lien-ket/", views.Links.as_view(), name="links"),
    path("lien-ket/di-toi/", views.go_to_link, name="go"),
    path("thong-ke-truy-cap/", statistics.StatisticsPage.as_view(), name="statistics"),
    path("thong-ke-truy-cap/luot-truy-cap.csv", statistics.download, name="statistics-csv"),
    path(visitors.PATH.removeprefix("/"), visitors.visit, name="visit"),
    path("so-do-trang/", views.SiteMap.as_view(), name="site-map"),
    path("tim-kiem/", search_page.SearchPage.as_view(), name="search"),
    path("tim-kiem/atom/", search_page.SearchFeed(), name="search-feed"),
    path("tim-kiem/goi-y/", search_page.suggest, name="suggest"),
    path("tim-kiem/da-mo/", search_page.opened, name="opened"),
    path("tim-kiem/opensearch.xml", search_page.describe, name="opensearch"),
    path("xem-thu/<str:token>/", previewing.shared, name="shared-draft"),
    path("quan-tri/tim/", admin.site.admin_view(staff_views.search), name="staff-search"),
    path("quan-tri/ai-duoc-lam-gi/", admin.site.admin_view(staff_views.who_may), name="who-may"),
    path("quan-tri/dang-mo/<str:label>/<int:pk>/", admin.site.admin_view(staff_views.still_open), name="still-open"),
    path("quan-tri/thung-rac/", admin.site.admin_view(deleting.trash), name="trash"),
    path("quan-tri/", include("portal.accounts.urls")),
    path("quan-tri/", include("portal.desk.urls")),
    path("quan-tri/", admin.site.urls),
    path("sitemap.xml", index),
    path("sitemap-<section>.xml", sitemap, {"sitemaps": sitemaps()}, name="sitemap"),
    path("robots.txt", wellknown.robots),
    path(".well-known/security.txt", wellknown.security),
    path("media/<path:path>", media.serve),
    # Standing pages have the remaining addresses to themselves, so this comes last.
    re_path(r"^(?P<path>[a-z0-9-]+(?:/[a-z0-9-]+)*)/$", views.PageDetail.as_view(), name="page"),
]
