"""Papers in an S3-compatible store instead of a folder, so that every node reads what one wrote.

Nothing in it has a public address: the portal reads with its own key and hands out a paper only
after it asked whether the reader may have it. What the store refuses or does not answer is a
:class:`StoreAway`, an OSError as a full disk is one; what is not there is a FileNotFoundError.
"""

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any, cast

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from esachivalaya.common.stored_files import StoreAway

# What is larger goes to a temporary file while it is read.
IN_MEMORY = 1024 * 1024
PIECE = 256 * 1024
# A letter's scan has 20 MB; whoever waits longer than this for the next piece is told to try again.
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 20, 3
NOT_THERE, THERE_ALREADY = 404, 412


class ObjectStore(S3Storage):  # type: ignore[misc]
    """One prefix of one bucket. With ``write_once`` nothing in it is ever written over."""

    def __init__(self, *, write_once: bool = False, **options: Any) -> None:
        self._write_once = write_once
        self._making = threading.Lock()
        self._made: Any = None
        super().__init__(
            **{
                "querystring_auth": True,
                "file_overwrite": False,
                "default_acl": None,
                "max_memory_size": IN_MEMORY,
                # One connection of one request at a time: what a page may use is known.
                "transfer_config": TransferConfig(use_threads=False),
                "client_config": Config(
                    signature_version="s3v4",
                    s3={"addressing_style": "path"},
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                    # Stores other than Amazon's do not know the newer checksums.
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                ),
                **options,
            }
        )

    @property
    def connection(self) -> Any:
        """One for all threads: making it costs a tenth of a second, and its client is safe."""
        with self._making:
            if self._made is None:
                self._made = self._create_session().resource(
                    "s3",
                    region_name=self.region_name,
                    endpoint_url=self.endpoint_url,
                    config=self.client_config,
                )
            return self._made

    def url(self, name: str, *_more: Any, **_other: Any) -> str:
        """Papers have no address of their own, as those of a folder have none."""
        raise ValueError("This file is not accessible via a URL.")

    def answers(self) -> bool:
        """Say whether the store knows the bucket and lets us in."""
        try:
            self._client.head_bucket(Bucket=self.bucket_name)
        except (BotoCoreError, ClientError):
            return False
        return True

    def _open(self, name: str, mode: str = "rb") -> "Fetched":
        if mode != "rb":
            raise ValueError("What is kept is read, never changed.")
        return Fetched(self, name)

    def fetch(self, name: str) -> IO[bytes]:
        """Fetch all of it in one request; what is large stands in a file while it is read."""
        spooled = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - closed by whoever reads it
            IN_MEMORY, dir=settings.FILE_UPLOAD_TEMP_DIR
        )
        try:
            with _plainly(name):
                answer = self._client.get_object(Bucket=self.bucket_name, Key=self._key(name))
                shutil.copyfileobj(answer["Body"], spooled, PIECE)
            spooled.seek(0)
        except BaseException:
            spooled.close()
            raise
        return cast("IO[bytes]", spooled)

    def _save(self, name: str, content: "File[bytes]") -> str:
        with _plainly(name):
            if not self._write_once:
                return str(super()._save(name, content))
            self._client.put_object(
                Bucket=self.bucket_name, Key=self._key(name), Body=content.read(), IfNoneMatch="*"
            )
        return name

    def delete(self, name: str) -> None:
        with _plainly(name):
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _plainly(name):
            return bool(super().exists(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with _plainly(path):
            folders, files = super().listdir(path)
        return folders, files

    def size(self, name: str) -> int:
        with _plainly(name):
            return int(super().size(name))

    def get_modified_time(self, name: str) -> datetime:
        with _plainly(name):
            moment: datetime = super().get_modified_time(name)
        return moment

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def _key(self, name: str) -> str:
        return str(self._normalize_name(name))


class Fetched(File):  # type: ignore[type-arg]
    """What was fetched; opened again after it was closed, it is fetched again."""

    def __init__(self, store: ObjectStore, name: str) -> None:
        self._store = store
        super().__init__(store.fetch(name), name)

    def open(self, mode: str | None = None, *_args: Any, **_kwargs: Any) -> "Fetched":
        if self.closed:
            self.file = self._store.fetch(str(self.name))
        self.seek(0)
        return self


@contextmanager
def _plainly(name: str) -> Iterator[None]:
    """Say in Python's own errors what the store's library says in its own."""
    try:
        yield
    except ClientError as problem:
        status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == NOT_THERE and problem.response["Error"]["Code"] != "NoSuchBucket":
            raise FileNotFoundError(name) from problem
        if status == THERE_ALREADY:
            raise FileExistsError(name) from problem
        raise StoreAway(f"The store answers {status}.") from problem
    except (BotoCoreError, Boto3Error) as problem:
        raise StoreAway(f"The store does not answer ({type(problem).__name__}).") from problem
