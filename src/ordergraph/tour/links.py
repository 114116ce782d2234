"""Links that work by themselves: what a browser sends to one, and gets from one, without a token."""

import httpx

from ordergraph.tour.client import Person
from ordergraph.tour.seen import BrokenPromise, Seen


async def put(person: Person, link: Seen, content: bytes) -> None:
    """Send the bytes where the link says, with exactly its headers."""
    headers = {h.text("name"): h.text("value") for h in link.each("headers")}
    await _send(person, "PUT", link.text("url"), content=content, headers=headers)


async def fetch(person: Person, url: str) -> httpx.Response:
    """Download what is there."""
    return await _send(person, "GET", url)


async def _send(
    person: Person,
    method: str,
    url: str,
    *,
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    try:
        answer = await person.servers.http.request(method, url, content=content, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        raise BrokenPromise(f"{url}: {str(problem) or type(problem).__name__}") from None
    if not answer.is_success:
        raise BrokenPromise(f"a link for {method} answers HTTP {answer.status_code}")
    return answer
