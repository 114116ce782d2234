"""What browsers are shown, and how much anybody may send at once."""

from pydantic import BaseModel, Field

from ordergraph.settings.kinds import Bytes, NetworkList, OriginList


class WebSettings(BaseModel):
    graphiql: bool = Field(default=True, description="Whether `/graphiql` is served.")
    introspection: bool = Field(
        default=True,
        description="Whether the schema may be asked for; off, errors tell no names of it, either.",
    )
    body_max_bytes: Bytes = Field(
        100_000, description="How large a GraphQL request may be; one more byte is a 413."
    )
    origins: OriginList = Field(
        "",
        description="Whose pages may use the API from a browser, beside our own: origins such as"
        " `https://shop.example.com`, comma-separated; `*`: everybody's, without credentials.",
    )
    trusted_proxies: NetworkList = Field(
        "",
        description="Addresses and networks, comma-separated, whose `X-Forwarded-For` and"
        " `X-Forwarded-Proto` are believed; `*`: everybody's. Unset: nobody's.",
    )
