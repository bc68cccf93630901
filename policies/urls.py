from django.urls import path

from policies import feeds, views

app_name = "policies"
urlpatterns = [
    path("", views.PolicyIndex.as_view(), name="index"),
    path("atom.xml", feeds.AllPolicies(), name="feed"),
    path("<slug:slug>/", views.TopicList.as_view(), name="topic"),
    path("<slug:slug>/atom.xml", feeds.TopicPolicies(), name="topic-feed"),
    path("<slug:topic>/<slug:slug>/", views.PolicyDetail.as_view(), name="policy"),
]
