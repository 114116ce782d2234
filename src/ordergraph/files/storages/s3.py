"""The storage `s3`: a bucket of anything that speaks S3. botocore signs the links, httpx follows them.

Signing is arithmetic; only a machine's role has to be asked for fresh keys now and then, in a thread.
An upload's type, size and `If-None-Match` are signed: the bucket takes exactly that, and only once.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import httpx
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.session import Session

from ordergraph.files.links import SignedLink
from ordergraph.files.storages.protocol import (
    CHUNK,
    Download,
    NotStored,
    Surroundings,
    UnusableStorage,
    Upload,
)

OPTIONS: Final = ("bucket", "endpoint", "region", "access_key", "secret_key", "prefix")
WAIT_S: Final = 10.0
OWN_USE_S: Final = 60
"""How long the links are good that we follow ourselves."""


class S3:
    """A bucket by path (`endpoint/bucket/key`), which every S3-compatible server understands."""

    name = "s3"

    def __init__(self, given: Surroundings) -> None:
        options = given.only(*OPTIONS)
        if not options.get("bucket"):
            raise UnusableStorage("the storage 's3' needs ORDERGRAPH_STORAGE_OPTIONS__BUCKET")
        self._region = options.get("region", "us-east-1")
        endpoint = options.get("endpoint", f"https://s3.{self._region}.amazonaws.com")
        if not endpoint.startswith(("https://", "http://")):
            raise UnusableStorage("the endpoint of the storage 's3' should begin with https://")
        self._bucket = f"{endpoint.rstrip('/')}/{quote(options['bucket'])}"
        self._prefix = options.get("prefix", "")
        self._credentials = _credentials(options)
        self._http = httpx.AsyncClient(timeout=WAIT_S, follow_redirects=False)

    async def upload_link(self, upload: Upload, until: datetime, now: datetime) -> SignedLink:
        seconds = int((until - now).total_seconds())
        url = await self._signed("PUT", upload.key, seconds, headers=upload.headers)
        return SignedLink(url, until, upload.headers)

    async def download_link(self, download: Download, until: datetime, now: datetime) -> SignedLink:
        manner = "inline" if download.inline else "attachment"
        name = quote(download.file_name, safe="")
        params = {
            "response-content-type": download.content_type,
            "response-content-disposition": f"{manner}; filename*=UTF-8''{name}",
            "response-cache-control": "no-store",
        }
        seconds = int((until - now).total_seconds())
        url = await self._signed("GET", download.key, seconds, params=params)
        return SignedLink(url, until)

    async def read(self, key: str) -> AsyncGenerator[bytes, None]:
        url = await self._signed("GET", key, OWN_USE_S)
        async with self._http.stream("GET", url) as answer:
            if answer.status_code == HTTPStatus.NOT_FOUND:
                raise NotStored(key)
            _accept(answer)
            async for chunk in answer.aiter_raw(CHUNK):
                yield chunk

    async def delete(self, key: str) -> None:
        answer = await self._http.delete(await self._signed("DELETE", key, OWN_USE_S))
        if answer.status_code != HTTPStatus.NOT_FOUND:
            _accept(answer)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _signed(
        self,
        method: str,
        key: str,
        seconds: int,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> str:
        """A link that says all itself. The bucket's clock judges it, so our test clock is not asked."""
        url = f"{self._bucket}/{quote(self._prefix + key)}"
        request = AWSRequest(method, url, headers=dict(headers or {}), params=dict(params or {}))
        keys = await asyncio.to_thread(self._credentials.get_frozen_credentials)
        signer = S3SigV4QueryAuth(keys, "s3", self._region, expires=seconds)
        signer.add_auth(request)
        signed: str = request.url
        return signed


def _accept(answer: httpx.Response) -> None:
    """Raise for what is no success; httpx's own words would quote the link, which is a key for a minute."""
    if answer.is_success:
        return
    said = f"the bucket answers {answer.request.method} with {answer.status_code}"
    if answer.status_code == HTTPStatus.FORBIDDEN:
        said += "; who may not list it (ListBucket) is answered so, too, where there is nothing"
    raise httpx.HTTPStatusError(said, request=answer.request, response=answer)


def _credentials(options: Mapping[str, str]) -> Credentials:
    """The keys that are given, or whatever botocore finds: environment, profile, the machine's role."""
    given = options.get("access_key"), options.get("secret_key")
    if all(given):
        return Credentials(*given)
    if any(given):
        raise UnusableStorage("the storage 's3' needs access_key and secret_key together")
    found = Session().get_credentials()
    if found is None:
        raise UnusableStorage("the storage 's3' needs an access_key and a secret_key, or a role")
    return found
