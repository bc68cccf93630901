from django.urls import path

from legal_docs import feeds, views

app_name = "legal_docs"
urlpatterns = [
    path("", views.DocumentList.as_view(), name="index"),
    path("du-thao/", views.DraftList.as_view(), name="drafts"),
    path("atom.xml", feeds.Documents(), name="feed"),
    path("van-ban.csv", views.download, name="csv"),
    path("tep/<int:pk>/", views.take_file, name="file"),
    path("<slug:doc_type>/", views.to_list, name="of-type"),
    path("<slug:doc_type>/<int:year>/", views.to_list, name="of-year"),
    path("<slug:doc_type>/<int:year>/<slug:slug>/", views.DocumentDetail.as_view(), name="document"),
]
