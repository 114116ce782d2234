"""What protects an installation, out of its settings: limits, rates, trusted documents."""

from ordergraph.api.documents.library import Library
from ordergraph.api.documents.limits import Limits
from ordergraph.api.documents.trusted import Trusted, UnusableManifest, load
from ordergraph.settings import Settings, SettingsError
from ordergraph.transports.rates import Quotas


def library_of(settings: Settings) -> Library:
    """Who opens documents here, within the limits that are set."""
    return Library(
        Limits(
            tokens=settings.limit_tokens,
            depth=settings.limit_depth,
            aliases=settings.limit_aliases,
            root_fields=settings.limit_root_fields,
            directives=settings.limit_directives,
            nodes=settings.limit_nodes,
            fields=settings.limit_fields,
        ),
        introspection=settings.introspection,
    )


def quotas_of(settings: Settings) -> Quotas:
    return Quotas(
        operations=settings.rate_operations,
        operations_by_address=settings.rate_operations_by_address,
        messages=settings.rate_messages,
        disputes=settings.rate_disputes,
        orders=settings.rate_orders,
        bad_tokens=settings.rate_bad_tokens,
    )


def trusted_of(settings: Settings) -> Trusted | None:
    """The documents that run here, if not all do; raises SettingsError for a manifest that is none."""
    if settings.trusted_documents is None:
        return None
    try:
        return load(settings.trusted_documents)
    except UnusableManifest as wrong:
        raise SettingsError(f"ORDERGRAPH_TRUSTED_DOCUMENTS: {wrong}") from None
