"""Who approved, and when something was submitted. The next migration looks through the rows, without a reader waiting."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("news", "0004_featured_index")]

    operations = [
        # Until now nobody noted who approved.
        migrations.RunSQL(
            "UPDATE news_article SET forced = true WHERE status = 'published' AND approved_at IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "UPDATE news_article SET submitted_at = updated_at WHERE status = 'review' AND submitted_at IS NULL",
            migrations.RunSQL.noop,
        ),
        AddConstraintNotValid(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "review"), _negated=True), ("submitted_at__isnull", False), _connector="OR"
                ),
                name="news_article_submitted_when",
                violation_error_message="Mục chờ duyệt phải có thời điểm gửi duyệt.",
            ),
        ),
        AddConstraintNotValid(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "published"), _negated=True),
                    ("approved_at__isnull", False),
                    ("forced", True),
                    _connector="OR",
                ),
                name="news_article_approved",
                violation_error_message="Mục đã đăng phải có người duyệt, hoặc ghi nhận là đăng không qua người thứ hai.",
            ),
        ),
    ]
