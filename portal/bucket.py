"""Uploads in S3-compatible storage, under the addresses they have on disk."""

from urllib.parse import quote

from botocore.config import Config
from django.conf import settings
from storages.backends.s3 import S3Storage


class BucketStorage(S3Storage):
    """Pages name /media/ whatever lies behind it: texts keep their pictures when the storage moves, and browsers fetch
    nothing from elsewhere. The application reads from the bucket, nginx keeps what it read."""

    file_overwrite = False
    default_acl = None
    client_config = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 2})  # seconds

    def url(self, name: str, *args: object, **kwargs: object) -> str:
        return settings.MEDIA_URL + quote(name)
