"""A PostgreSQL that is reached by TLS: one URL says it, and everything of ours reads it alike."""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from tests.conftest import Servers
from tests.outgoing.authority import authority
from tests.tour.installation import SECRET, create_database, environment, ordergraph

SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # PostgreSQL's protocol, "SSLRequest"
HOST = "127.0.0.1"


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(65_536):
            sink.write(piece)
            await sink.drain()
    except OSError:  # whoever hangs up may have been written to
        pass
    finally:
        sink.close()


@asynccontextmanager
async def ciphered(url: str, context: ssl.SSLContext) -> AsyncIterator[str]:
    """Before this PostgreSQL, a door that lets nobody pass without TLS; yields the URL that leads there."""
    behind = urlsplit(url)

    async def let_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await reader.readexactly(len(SSL_REQUEST)) != SSL_REQUEST:
                return
            writer.write(b"S")
            await writer.start_tls(context)
            inner, outer = await asyncio.open_connection(behind.hostname, behind.port)
            await asyncio.gather(_pass_on(reader, outer), _pass_on(inner, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(let_in, HOST, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield behind._replace(netloc=f"postgres@{HOST}:{port}").geturl()


def _pem(trust: ssl.SSLContext) -> str:
    (der,) = trust.get_ca_certs(binary_form=True)
    return ssl.DER_cert_to_PEM_cert(der)


async def test_one_url_that_asks_for_tls_is_good_for_every_command(
    servers: Servers, tmp_path: Path
) -> None:
    """As a database that somebody else runs wants it: with a certificate that is looked at."""
    trusted, served = authority(HOST)
    trust = tmp_path / "root.pem"
    trust.write_text(_pem(trusted))
    url = await create_database(servers.database_url, f"tls_{uuid4().hex}")
    async with ciphered(url, served) as through:
        env = environment(
            tmp_path,
            database_url=f"{through}?sslmode=verify-full&sslrootcert={trust}",
            redis_url=servers.redis_url,
            jwt_secret=SECRET,
        )
        for command in (["migrate"], ["seed", "--no-market"], ["policy", "show"], ["reconcile"]):
            done = await asyncio.to_thread(ordergraph, *command, env=env)
            assert done.code == 0, done.err
        checked = await asyncio.to_thread(ordergraph, "check", env=env)
        assert checked.code == 0, checked.out

        trust.write_text(_pem(authority("somebody.else")[0]))
        refused = await asyncio.to_thread(ordergraph, "policy", "show", env=env)
        assert refused.code == 1
        assert "certificate verify failed" in refused.err
        assert len(refused.err.splitlines()) == 1
