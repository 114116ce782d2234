"""What whoever runs it may turn: the clock, the sweeps, metrics, logs."""

from pydantic import BaseModel, Field, SecretStr

from ordergraph.settings.kinds import LogLevel, Seconds


class OperatingSettings(BaseModel):
    test_clock: bool = Field(
        default=False, description="Whether the clock may be moved forward; sandbox gateway only."
    )
    sweep_interval_s: Seconds = Field(
        2, description="How often a worker looks for what is due, in seconds."
    )
    grace_s: Seconds = Field(
        15,
        description="How long a process that is told to end may finish what it is doing, in seconds. Told "
        "twice it ends at once.",
    )
    compiled_completion: bool = Field(
        default=True,
        description="Whether answers are made by functions that are written for each document. False: by"
        " graphql-core alone, the same answers, later.",
    )
    metrics: bool = Field(default=True, description="Whether `/metrics` is served.")
    metrics_token: SecretStr | None = Field(
        None,
        description="What Prometheus sends as its bearer token. Unset: `/metrics` is served to this "
        "machine alone.",
    )
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(default=False, description="Whether each log line is a JSON object.")
