"""For Tortoise's own command line: `tortoise -c ordergraph.infra.tortoise_config.TORTOISE_ORM …`."""

import os

from ordergraph.infra.database import configuration

TORTOISE_ORM = configuration(
    os.environ.get("ORDERGRAPH_DATABASE_URL", "postgres://localhost/ordergraph")
)
