from django.db import migrations

from portal.roles import grant


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0007_workflow"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(lambda registry, editor: grant(), migrations.RunPython.noop)]
