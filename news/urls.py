from django.urls import path

from news import feeds, views

app_name = "news"
urlpatterns = [
    path("", views.ArticleList.as_view(), name="index"),
    path("atom.xml", feeds.AllNews(), name="feed"),
    path("luu-tru/", views.find_month, name="find-month"),
    path("luu-tru/<int:year>/<int:month>/", views.Archive.as_view(), name="archive"),
    path("<slug:slug>/", views.CategoryList.as_view(), name="category"),
    path("<slug:slug>/atom.xml", feeds.CategoryNews(), name="category-feed"),
    path("<slug:category>/<slug:slug>/", views.ArticleDetail.as_view(), name="article"),
]
