"""Who approved, and when something was submitted. The next migration looks through the rows, without a reader waiting."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("legal_docs", "0003_allowed_moves")]

    operations = [
        # Until now nobody noted who approved.
        migrations.RunSQL(
            "UPDATE legal_docs_document SET forced = true WHERE status = 'published' AND approved_at IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "UPDATE legal_docs_document SET submitted_at = updated_at WHERE status = 'review' AND submitted_at IS NULL",
            migrations.RunSQL.noop,
        ),
        AddConstraintNotValid(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "review"), _negated=True), ("submitted_at__isnull", False), _connector="OR"
                ),
                name="legal_docs_document_submitted_when",
                violation_error_message="Mục chờ duyệt phải có thời điểm gửi duyệt.",
            ),
        ),
        AddConstraintNotValid(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "published"), _negated=True),
                    ("approved_at__isnull", False),
                    ("forced", True),
                    _connector="OR",
                ),
                name="legal_docs_document_approved",
                violation_error_message="Mục đã đăng phải có người duyệt, hoặc ghi nhận là đăng không qua người thứ hai.",
            ),
        ),
    ]
