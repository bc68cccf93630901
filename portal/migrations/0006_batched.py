from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0005_readership'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batched',
            fields=[
                ('name', models.UUIDField(primary_key=True, serialize=False, verbose_name='tên')),
            ],
            options={
                'verbose_name': 'số đếm đã ghi',
                'verbose_name_plural': 'số đếm đã ghi',
            },
        ),
    ]
