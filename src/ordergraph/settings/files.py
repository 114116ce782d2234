"""Attachments: where they are kept, how many and how big."""

from pydantic import BaseModel, Field, SecretStr

from ordergraph.settings.kinds import Bytes, Count


class FileSettings(BaseModel):
    storage: str = Field("local", description="Where attachments are kept: `local` or `s3`.")
    storage_options: dict[str, SecretStr] = Field(
        default_factory=dict, description="What the storage wants to know: see docs/storages.md."
    )
    file_max_bytes: Bytes = Field(10_000_000, description="How big an attachment may be.")
    video_max_bytes: Bytes = Field(50_000_000, description="How big one may be that is a video.")
    files_each: Count = Field(10, description="How many hang on one message or piece of evidence.")
    files_per_order: Count = Field(100, description="How many one person may upload for an order.")
