from django.urls import path

from portal.views import SectionToCome

app_name = "policies"
urlpatterns = [path("", SectionToCome.as_view(title="Các chính sách"), name="index")]
