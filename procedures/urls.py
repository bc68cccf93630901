from django.urls import path

from portal.views import SectionToCome

app_name = "procedures"
urlpatterns = [
    path("thu-tuc-hanh-chinh/", SectionToCome.as_view(title="Thủ tục hành chính"), name="index"),
    path("dich-vu-cong/", SectionToCome.as_view(title="Dịch vụ công"), name="online"),
]
