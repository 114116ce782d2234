"""Finds a Chromium for the tests, or fetches one from npm; without one the tests fail."""

import os
import platform
import shutil
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from ordergraph.graphiql import node

HERE = Path(__file__).resolve().parent
ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
EXTRACTION = getattr(tarfile, "data_filter", lambda member, _: member)
"""Python 3.11.4 brought the filter; Debian 12 has 3.11.2. The lock file has the archive's hash."""
MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


@dataclass(frozen=True)
class Chromium:
    """A program and what it needs in its environment."""

    program: Path
    environment: dict[str, str] = field(default_factory=dict)


def find(cache: Path = node.CACHE) -> Chromium:
    """Return ORDERGRAPH_TEST_CHROMIUM's program, else the machine's, else the package's."""
    if named := os.environ.get("ORDERGRAPH_TEST_CHROMIUM"):
        return Chromium(Path(named))
    on_path = next(filter(None, map(shutil.which, ON_PATH)), None)
    if on_path:
        return Chromium(Path(on_path))
    if MACOS.exists():
        return Chromium(MACOS)
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise RuntimeError(
            "The GraphiQL tests need a Chromium and there is none for this platform to fetch: "
            "install Chromium or Chrome, or name its program in ORDERGRAPH_TEST_CHROMIUM."
        )
    return _of_package(cache)


def _of_package(cache: Path) -> Chromium:
    home = cache / "chromium"
    home.mkdir(parents=True, exist_ok=True)
    with node.alone(cache / "chromium.lock"):
        unpacked = home / "unpacked"
        if not (unpacked / "ready").exists():
            _unpack(cache, home, unpacked)
    libraries = f"{unpacked / 'lib'}{os.pathsep}{os.environ.get('LD_LIBRARY_PATH', '')}"
    return Chromium(
        unpacked / "chromium",
        {"LD_LIBRARY_PATH": libraries.rstrip(os.pathsep), "FONTCONFIG_PATH": str(unpacked)},
    )


def _unpack(cache: Path, home: Path, unpacked: Path) -> None:
    tool = node.find(cache)
    package = (
        node.install(HERE / "chromium_package", home, tool) / "@sparticuz" / "chromium" / "bin"
    )
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir()
    script = str(HERE / "chromium_package" / "unpack.mjs")
    node.run((str(tool.node), script, str(package), str(unpacked)), home, tool)
    for name in ("al2023.tar", "fonts.tar"):
        with tarfile.open(unpacked / name) as archive:
            archive.extraction_filter = EXTRACTION
            archive.extractall(unpacked)  # noqa: S202  (the filter is set above, where there is one)
        (unpacked / name).unlink()
    fonts = (
        f"<fontconfig><dir>{unpacked / 'fonts'}</dir><cachedir>{unpacked}</cachedir></fontconfig>"
    )
    (unpacked / "fonts.conf").write_text(fonts)
    (unpacked / "chromium").chmod(0o755)
    (unpacked / "ready").touch()
