from django.urls import path, register_converter

from procedures import feeds, versions, views
from procedures.models import CODE

app_name = "procedures"


class CodeConverter:
    regex = CODE

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CodeConverter, "code")

urlpatterns = [
    path("thu-tuc-hanh-chinh/", views.ProcedureList.as_view(), name="index"),
    path("thu-tuc-hanh-chinh/atom.xml", feeds.Procedures(), name="feed"),
    path("thu-tuc-hanh-chinh/danh-sach.csv", views.download, name="csv"),
    path("thu-tuc-hanh-chinh/quyet-dinh/", views.DecisionList.as_view(), name="decisions"),
    path("thu-tuc-hanh-chinh/quyet-dinh/<slug:slug>/", views.DecisionDetail.as_view(), name="decision"),
    path("thu-tuc-hanh-chinh/<code:code>/", views.ProcedureDetail.as_view(), name="procedure"),
    path("thu-tuc-hanh-chinh/<code:code>/ma-qr.svg", views.qr_code, name="qr"),
    path("thu-tuc-hanh-chinh/<code:code>/cac-ban/", versions.Versions.as_view(), name="versions"),
    path("dich-vu-cong/", views.OnlineServices.as_view(), name="online"),
]
