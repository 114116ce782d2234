"""What a browser is shown."""

from pydantic import BaseModel, Field


class WebSettings(BaseModel):
    graphiql: bool = Field(default=True, description="Whether `/graphiql` is served.")
    introspection: bool = Field(default=True, description="Whether the schema may be asked for.")
