from django.urls import path

from legal_docs import views
from portal.views import SectionToCome

app_name = "legal_docs"
urlpatterns = [
    path("", SectionToCome.as_view(title="Văn bản pháp quy"), name="index"),
    path("<slug:doc_type>/<int:year>/<slug:slug>/", views.DocumentDetail.as_view(), name="document"),
]
