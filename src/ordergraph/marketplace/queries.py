"""Reading reasons and the policy."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet

from ordergraph.kernel.actor import Role
from ordergraph.kernel.policy import Policy
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.kernel.text import is_handle
from ordergraph.marketplace.models import PolicyVersion, Reason, ReasonContext


async def reasons(context: ReasonContext, roles: AbstractSet[Role]) -> list[Reason]:
    """The reasons that these roles may pick today, in the order to show them."""
    rows = await Reason.filter(context=context, retired=False).order_by("position")
    return [row for row in rows if any(may_give(row, role) for role in roles)]


async def pick(context: ReasonContext, handle: str, role: Role) -> Reason:
    """Return the reason of that handle, if this role may give it."""
    reason = None
    if is_handle(handle):
        reason = await Reason.get_or_none(context=context, handle=handle, retired=False)
    return given(reason, role)


def given(reason: Reason | None, role: Role) -> Reason:
    """The reason, if there is one and this role may give it."""
    if reason is None or not may_give(reason, role):
        raise not_a_reason()
    return reason


def not_a_reason() -> InvalidInput:
    return InvalidInput(field="reasonHandle", problem="not a reason that you can choose here")


async def by_handles(context: ReasonContext, handles: Collection[str]) -> dict[str, Reason]:
    """The reasons of these handles that can be picked today; by whom, `may_give` says."""
    known = [handle for handle in handles if is_handle(handle)]
    rows = await Reason.filter(context=context, handle__in=known, retired=False)
    return {row.handle: row for row in rows}


def may_give(reason: Reason, role: Role) -> bool:
    """An operator acts for anybody, and so may give anybody's reason."""
    return role is Role.OPERATOR or role.value in reason.picked_by


async def policy() -> tuple[int, Policy]:
    """The version and numbers that new orders get; the defaults are version 0."""
    newest = await policy_version(None)
    return (newest.version, Policy.from_json(newest.numbers)) if newest else (0, Policy())


async def policy_version(version: int | None) -> PolicyVersion | None:
    """A published policy, or the newest one."""
    if version is not None:
        return await PolicyVersion.get_or_none(version=version)
    return await PolicyVersion.all().order_by("-version").first()
