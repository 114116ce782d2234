"""What one may not know cannot be had by any door of the schema, nor can it be told that it is there."""

from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLInputObjectType, get_named_type
from strawberry import relay

from ordergraph.api.documents.library import Library
from ordergraph.disputes.models import Dispute
from ordergraph.kernel.actor import Actor
from tests.disputes.documents import sent
from tests.disputes.hidden import SECRETS, STRANGER, Case, case_of, hidden_from
from tests.disputes.prying import Doors, Prying, done, settled, until
from tests.files.filing import Desk, door_of
from tests.market import ADA, LAMPS, OLGA, Market
from tests.walking import boundless, sample
from tests.watching import snapshot

# Whoever closes a subscription in the one turn of the loop between making a field's task and its first
# step leaves the resolver inside that task unstarted (graphql-core's doing), and Python says so.
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine '.*_async_resolver' was never awaited:RuntimeWarning"
)

DEPTH = 2
"""How far the walk goes from each root field. One step more takes twice as long."""
QUIET_S = 0.3
VIEWERS = {"buyer": ADA, "seller": LAMPS, "operator": OLGA, "stranger": STRANGER}
each_viewer = pytest.mark.parametrize("viewer", VIEWERS.values(), ids=VIEWERS)


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    with boundless() as library:
        yield library


@pytest.fixture
async def desk(clean: str, library: Library, tmp_path: Path) -> AsyncIterator[Desk]:  # noqa: ARG001  (it needs the database)
    market = Market(files=tmp_path / "files", library=library)
    async with door_of(market) as door:
        yield Desk(market, door)


@pytest.fixture(scope="module")
async def doors(database: str) -> Doors:  # noqa: ARG001  (it needs the database)
    return await Doors.found(Market(), DEPTH)


@each_viewer
async def test_no_query_and_no_subscription_shows_anything_of_a_secret(
    desk: Desk, doors: Doors, viewer: Actor
) -> None:
    case = await case_of(desk)
    prying = Prying(case, viewer, doors)
    async with prying.listening() as heard:
        before = await prying.everything()
        present = await settled(heard, QUIET_S)

        for secrets in hidden_from(viewer):
            for secret in secrets:
                await secret.happen(case)
            now = await prying.everything()
            assert [asked for asked in before if now[asked] != before[asked]] == [], secrets
            assert not telling(now.values())

        after = await settled(heard, QUIET_S)
        assert after == present, "nothing came after the present state"
        assert not telling(line for lines in heard for line in lines)
        if viewer is not STRANGER:
            await sent(desk.market, LAMPS, case.id, "Still here.")
            await until(lambda: [len(lines) for lines in heard] != present)  # for they do listen


@each_viewer
async def test_by_its_own_id_a_secret_answers_like_one_that_is_not_there(
    desk: Desk, doors: Doors, viewer: Actor
) -> None:
    case = await case_of(desk)
    prying = Prying(case, viewer, doors)
    for secret in (secret for secrets in hidden_from(viewer) for secret in secrets):
        id_ = await secret.happen(case)
        if id_ is None:
            continue
        kind = relay.from_base64(id_)[0]
        other = relay.to_base64(kind, uuid4())

        shown, nothing = await prying.about(id_), await prying.about(other)

        assert list(shown.values()) == list(nothing.values()), secret.name
        for name, takes, document in doors.mutations:
            for field in named_after(kind, takes):
                found = [
                    await done(desk.market, viewer, document, given(takes, case, {field: [each]}))
                    for each in (id_, other)
                ]
                assert found[0] == found[1], (secret.name, name)
                assert b"Success" not in found[0][0], (secret.name, name)


@each_viewer
async def test_no_mutation_answers_otherwise_because_of_secrets(
    desk: Desk, doors: Doors, viewer: Actor
) -> None:
    """Two cases that are the same but for all that is hidden: one answer, by as many statements."""
    twins = list[Case]()
    for name, takes, document in doors.mutations:
        for subject in subjects(takes):
            if not await under_review(twins):
                twins = await two_alike(desk, viewer)

            found = []
            for case in twins:
                asked = given(takes, case, {"orderId": [case.order_ids[subject]]})
                found.append(await done(desk.market, viewer, document, asked))

            assert found[0][1:] == found[1][1:], name
            assert not telling([found[1][0]])


async def test_a_secret_is_written_to_its_own_table_alone(desk: Desk) -> None:
    """No event, version, notification, message, mark: nothing that anything could be read from."""
    case = await case_of(desk)
    version = case.dispute.version
    for secret in SECRETS:
        before = await snapshot()

        await secret.happen(case)

        changed = {table for table, _ in await snapshot() ^ before}
        assert changed == {*secret.tables, "idempotency_keys"}, secret.name
    await case.dispute.refresh_from_db()
    assert case.dispute.version == version


async def test_whoever_knows_a_secret_reaches_it_by_the_same_walk(desk: Desk, doors: Doors) -> None:
    """So that the walk proves something."""
    case = await case_of(desk)
    for secret in SECRETS:
        id_ = await secret.happen(case)
        prying = Prying(
            case, next(who for who in VIEWERS.values() if who in secret.known_to), doors
        )

        found = await (prying.about(id_) if id_ else prying.everything())

        assert any(secret.says.encode() in said for said in found.values()), secret.name


def telling(said: Iterable[bytes]) -> list[bytes]:
    """The answers that hold the words of any secret."""
    words = [secret.says.encode() for secret in SECRETS]
    return [each for each in said if any(word in each for word in words)]


def subjects(takes: GraphQLInputObjectType) -> list[int]:
    """About which orders of a case such an input can be sent; [0] for its dispute alone."""
    if "orderId" in takes.fields:
        return [0, 1]
    return [0] if "disputeId" in takes.fields else []


def given(takes: GraphQLInputObjectType, case: Case, more: dict[str, list[str]]) -> Any:
    return sample(takes, {"String": ["Hello."], "disputeId": [case.id], "ID": [case.id]} | more)


def named_after(kind: str, takes: GraphQLInputObjectType) -> Iterator[str]:
    """The fields of an input that take the id of such an object, by their names."""
    for name, field in takes.fields.items():
        stem = name.removesuffix("s").removesuffix("Id")
        if get_named_type(field.type).name == "ID" and kind.lower().endswith(stem.lower()):
            yield name


async def two_alike(desk: Desk, viewer: Actor) -> list[Case]:
    """Two cases; in the second one there is everything at once that this person must not see."""
    twins = [await case_of(desk), await case_of(desk)]
    for secret in hidden_from(viewer)[0]:
        await secret.happen(twins[1])
    return twins


async def under_review(twins: list[Case]) -> bool:
    rows = await Dispute.filter(id__in=[twin.dispute.id for twin in twins])
    return {row.status.value for row in rows} == {"UNDER_REVIEW"}
