#!/usr/bin/env bash
# The Dockerfile's steps without Docker: in an empty folder, with the locks, and then as nobody.
# Usage: ops/image-by-hand.sh [folder]     (PYTHON=: one that everybody may run)
set -euo pipefail
from=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
to=${1:-$(mktemp -d)}
python=${PYTHON:-python3.11}
export PIP_DISABLE_PIP_VERSION_CHECK=1
mkdir -p "$to/src"
cd "$from"
git ls-files pyproject.toml README.md LICENSE requirements/run.txt requirements/build.txt src workers seeds |
    tar --create --files-from - | tar --extract --directory "$to/src"
cd "$to/src"
unset PYTHONPATH "${!ORDERGRAPH_@}"

"$python" -m venv "$to/opt"
"$to/opt/bin/pip" install --quiet --no-deps --only-binary :all: --require-hashes -r requirements/run.txt
"$python" -m venv "$to/build"
"$to/build/bin/pip" install --quiet --no-deps --only-binary :all: --require-hashes -r requirements/build.txt
PYTHONPATH=src "$to/opt/bin/python" -m ordergraph.graphiql.build
"$to/build/bin/pip" wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir "$to/dist" .
"$to/opt/bin/pip" install --quiet --no-deps --no-index "$to"/dist/*.whl
"$to/opt/bin/pip" check

as=()
[ "$(id -u)" != 0 ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
chmod a+rx "$to"
cd /
"${as[@]}" env -i PATH="$to/opt/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 ordergraph --help >/dev/null
"${as[@]}" env -i PATH="$to/opt/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 ordergraph schema | cmp - "$from/schema.graphql"
echo "It works in $to, as $("${as[@]}" id -un): $(ls "$to/dist")"
