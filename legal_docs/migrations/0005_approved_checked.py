from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("legal_docs", "0004_approved")]

    operations = [
        ValidateConstraint(model_name="document", name="legal_docs_document_submitted_when"),
        ValidateConstraint(model_name="document", name="legal_docs_document_approved"),
    ]
