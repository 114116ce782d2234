"""What one may not know cannot be had by any door of the schema, nor can it be told that there is something."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from graphql import GraphQLInputObjectType, get_named_type
from strawberry import relay

from ordergraph.disputes.models import Dispute
from ordergraph.kernel.actor import Actor
from tests.disputes.documents import sent
from tests.disputes.prying import Prying, Said, changing, done, until
from tests.disputes.hidden import SECRETS, STRANGER, Case, Secret, case_of, hidden_from
from tests.files.filing import Desk, door_of
from tests.market import ADA, LAMPS, OLGA, Market
from tests.walking import sample

DEPTH = 2
"""How far the walk goes from each root field. One more takes twice as long."""
QUIET_S = 0.1
VIEWERS = {"buyer": ADA, "seller": LAMPS, "operator": OLGA, "stranger": STRANGER}
each_viewer = pytest.mark.parametrize("viewer", VIEWERS.values(), ids=VIEWERS)
TEXT = {"String": ["Hello."]}


@pytest.fixture
async def desk(clean: str, tmp_path: Path) -> AsyncIterator[Desk]:  # noqa: ARG001  (it needs the database)
    market = Market(files=tmp_path / "files")
    async with door_of(market) as door:
        yield Desk(market, door)


@each_viewer
async def test_no_query_changes_and_no_subscription_stirs_because_of_a_secret(
    desk: Desk, viewer: Actor
) -> None:
    case = await case_of(desk)
    prying = await Prying.into(case, viewer, DEPTH)
    async with prying.listening() as heard:
        before = await prying.everything()
        await asyncio.sleep(QUIET_S)
        present = [len(lines) for lines in heard]

        for secret in hidden_from(viewer):
            await secret.happen(case)
            now = await prying.everything()
            assert [asked for asked in before if now[asked] != before[asked]] == [], secret.name
            assert not telling(now.values())

        await asyncio.sleep(QUIET_S)
        assert [len(lines) for lines in heard] == present
        assert not telling(line for lines in heard for line in lines)
        if viewer is not STRANGER:
            await sent(desk.market, LAMPS, case.id, "Still here.")
            await until(lambda: [len(lines) for lines in heard] != present)  # for they do listen


@each_viewer
async def test_by_its_own_id_a_secret_answers_like_one_that_is_not_there(
    desk: Desk, viewer: Actor
) -> None:
    case = await case_of(desk)
    prying = await Prying.into(case, viewer, DEPTH)
    for secret in hidden_from(viewer):
        id_ = await secret.happen(case)
        if id_ is None:
            continue
        other = relay.to_base64(relay.from_base64(id_)[0], uuid4())

        assert list((await prying.about(id_)).values()) == list((await prying.about(other)).values())
        for name, kind, document in changing(prying.schema):
            for field in named_after(relay.from_base64(id_)[0], kind):
                found = [
                    await done(desk.market, viewer, document, given(kind, case, {field: [each]}))
                    for each in (id_, other)
                ]
                assert found[0] == found[1], (secret.name, name)
                assert b"Success" not in found[0][0], (secret.name, name)


@each_viewer
async def test_no_mutation_answers_otherwise_because_of_secrets(desk: Desk, viewer: Actor) -> None:
    """Two cases that are the same but for all that is hidden: one answer, by as many statements."""
    twins = await two_alike(desk, viewer)
    schema = (await Prying.into(twins[0], viewer, 0)).schema
    for name, kind, document in changing(schema):
        for order in range(len(twins[0].order_ids)) if "orderId" in kind.fields else [0]:
            if not {"orderId", "disputeId"} & set(kind.fields):
                continue
            if not await under_review(twins):
                twins = await two_alike(desk, viewer)

            found = []
            for twin in twins:
                asked = given(kind, twin, {"orderId": [twin.order_ids[order]]})
                found.append(await done(desk.market, viewer, document, asked))

            assert found[0][1:] == found[1][1:], name
            assert not telling([found[1][0]])


async def test_whoever_knows_a_secret_reaches_it_by_the_same_walk(desk: Desk) -> None:
    """So that the walk proves something."""
    case = await case_of(desk)
    pryings = {who: await Prying.into(case, who, DEPTH) for who in (ADA, LAMPS, OLGA)}

    for secret in SECRETS:
        id_ = await secret.happen(case)
        prying, found = pryings[secret.known_to], Said()
        found = await prying.everything() if id_ is None else await prying.about(id_)
        assert any(secret.says.encode() in said for said in found.values()), secret.name


def telling(said: Iterable[bytes]) -> list[bytes]:
    """The answers that hold the words of any secret."""
    words = [secret.says.encode() for secret in SECRETS]
    return [each for each in said if any(word in each for word in words)]


def given(kind: GraphQLInputObjectType, case: Case, more: dict[str, list[str]]) -> Any:
    return sample(kind, TEXT | {"disputeId": [case.id], "ID": [case.id]} | more)


def named_after(type_name: str, kind: GraphQLInputObjectType) -> Iterator[str]:
    """The fields of an input that take the id of such an object, by their names."""
    for name, field in kind.fields.items():
        stem = name.removesuffix("s").removesuffix("Id")
        if get_named_type(field.type).name == "ID" and type_name.lower().endswith(stem.lower()):
            yield name


async def two_alike(desk: Desk, viewer: Actor) -> list[Case]:
    """Two cases; in the second one there is everything that this person must not see."""
    twins = [await case_of(desk), await case_of(desk)]
    for secret in hidden_from(viewer):
        await secret.happen(twins[1])
    return twins


async def under_review(twins: list[Case]) -> bool:
    rows = await Dispute.filter(id__in=[twin.dispute.id for twin in twins])
    return {row.status.value for row in rows} == {"UNDER_REVIEW"}
