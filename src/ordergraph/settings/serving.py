"""Where the state is kept, and where the API is reached."""

from pathlib import Path

from pydantic import BaseModel, Field

from ordergraph.settings.kinds import PostgresUrl, PublicUrl, RedisUrl


class ServingSettings(BaseModel):
    database_url: PostgresUrl | None = Field(
        None,
        repr=False,
        description="PostgreSQL 17 or newer. Unset: `ordergraph dev` starts one of its own, and "
        "every other command joins the one that runs, by the note it leaves in the data folder.",
    )
    replica_url: PostgresUrl | None = Field(
        None,
        repr=False,
        description="A streaming replica of that database, for queries of buyers and sellers to whom "
        "nothing has happened for some seconds; for API and workers alike (docs/scale.md).",
    )
    redis_url: RedisUrl | None = Field(
        None, repr=False, description="Redis or Valkey, 7 or newer. Unset: as for the database."
    )
    data_dir: Path = Field(
        Path(".ordergraph"), description="Where `ordergraph dev` keeps its servers' data and notes."
    )
    host: str = Field("127.0.0.1", description="The address the API listens on.")
    port: int = Field(8000, ge=0, le=65535, description="The port the API listens on; 0: any.")
    public_url: PublicUrl | None = Field(
        None, description="Where clients reach the API, for links. Unset: `http://host:port`."
    )
