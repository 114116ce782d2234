"""Every `ORDERGRAPH_*` variable, its type, its default, its meaning; one file a group."""

from ordergraph.settings.kinds import SECRET_BYTES
from ordergraph.settings.reading import (
    OPTIONS,
    POLICY_PREFIX,
    PREFIX,
    PolicyOverrides,
    Servers,
    Settings,
    SettingsError,
    known,
    load,
    settings,
)

__all__ = [
    "OPTIONS",
    "POLICY_PREFIX",
    "PREFIX",
    "SECRET_BYTES",
    "PolicyOverrides",
    "Servers",
    "Settings",
    "SettingsError",
    "known",
    "load",
    "settings",
]
