from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("news", "0005_approved")]

    operations = [
        ValidateConstraint(model_name="article", name="news_article_submitted_when"),
        ValidateConstraint(model_name="article", name="news_article_approved"),
    ]
