"""Reading reasons and the policy."""

from ordergraph.kernel.actor import Role
from ordergraph.kernel.policy import Policy
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.kernel.text import is_storable
from ordergraph.marketplace.models import PolicyVersion, Reason, ReasonContext


async def reasons(context: ReasonContext) -> list[Reason]:
    """The reasons that may be picked today, in the order to show them."""
    return await Reason.filter(context=context, retired=False).order_by("position")


async def pick(context: ReasonContext, handle: str, role: Role) -> Reason:
    """Return the reason of that handle, if this role may give it."""
    reason = None
    if is_storable(handle):
        reason = await Reason.get_or_none(context=context, handle=handle, retired=False)
    if reason is None or not (role is Role.OPERATOR or role.value in reason.picked_by):
        raise InvalidInput(field="reasonHandle", problem="not a reason that you can choose here")
    return reason


async def policy() -> tuple[int, Policy]:
    """The version and numbers that new orders get; the defaults are version 0."""
    newest = await PolicyVersion.all().order_by("-version").first()
    return (newest.version, Policy.from_json(newest.numbers)) if newest else (0, Policy())
