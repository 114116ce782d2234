"""What browsers are shown, and how much anybody may send at once."""

from pydantic import BaseModel, Field


class WebSettings(BaseModel):
    graphiql: bool = Field(default=True, description="Whether `/graphiql` is served.")
    introspection: bool = Field(default=True, description="Whether the schema may be asked for.")
    body_max_bytes: int = Field(
        100_000, gt=0, description="How large a GraphQL request may be; one more byte is a 413."
    )
