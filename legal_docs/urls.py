from django.urls import path

from portal.views import SectionToCome

app_name = "legal_docs"
urlpatterns = [path("", SectionToCome.as_view(title="Văn bản pháp quy"), name="index")]
