"""Completes what is pure by functions written for the document, and leaves the rest to graphql-core.

Graphql-core takes some five microseconds for each field that is answered: a path, an info, a call or
ten. Most fields are an attribute. So for each place in a document a function is written, once, that
makes the answer out of an object (writing.py); whatever goes wrong in it, graphql-core does the same
object once more, so errors, nulls and paths are graphql-core's own. ADR 30 says why that is safe.
"""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, ClassVar, Final, TypeAlias

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLList,
    GraphQLObjectType,
    GraphQLResolveInfo,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path
from graphql.type import GraphQLResolveInfoHelpers
from orjson import Fragment

from ordergraph.api.bounded import BoundedExecutor
from ordergraph.api.completion.chains import Chain
from ordergraph.api.completion.kinds import member_of
from ordergraph.api.completion.plans import Plans, ToWait
from ordergraph.api.completion.shelf import Shelf
from ordergraph.api.completion.waiting import Waiting

Answer: TypeAlias = Callable[[], Any]
ROUNDS: Final = 10
"""How often compiled code waits and tries again: once for each loader that another one leads to."""


class CompilingExecutor(BoundedExecutor):
    """Graphql-core's own, within bounds, with six short cuts."""

    shelf: ClassVar = Shelf()

    _plans: Plans | None = None

    def _work(self) -> GraphQLResolveInfoHelpers:
        return GraphQLResolveInfoHelpers(gather=self.gather_async_work, track=self.track_async_work)

    # Kept, these two methods would hold whose they are, and all it has read, until garbage is collected.
    async_helpers = property(_work, lambda *_: None)

    def execute_operation(self, serially: bool | None = None) -> Any:
        manager = self.middleware_manager
        watched = manager is not None and bool(manager.middlewares)  # somebody wants every field
        self._plans = plans = None if watched else self.shelf.plans(self)
        if plans is None or plans.chain is None:
            return super().execute_operation(serially)
        return self._follow(plans.chain)

    async def _follow(self, chain: Chain) -> Any:
        data: dict[str, Any] | None
        try:
            data = await chain.follow(self, self.root_value, None)
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            data = None
        return self.build_response(data)

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        step = None
        if self._plans is not None and position_context is None:
            step = self._plans.step(self, parent_type, field_details_list)
        if step is None:
            return super().execute_field(
                parent_type, source, field_details_list, path, position_context
            )
        return step.take(self, source, field_details_list, path)

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        if result.__class__ is Fragment:
            return result

        def by_graphql_core() -> Any:
            return super(CompilingExecutor, self).complete_object_value(
                return_type, field_details_list, info, path, result, position_context
            )

        def answer() -> Any:
            answered = self._answered(return_type, field_details_list, result, position_context)
            if not answered:
                return by_graphql_core()
            found, left = answered
            if not left:
                return found
            rest = self.execute_fields(return_type, result, path, left, position_context)
            if self.is_awaitable(rest):
                return _joined(found, rest)
            found.update(rest)
            return found

        return self._sooner_or_later(answer, by_graphql_core)

    def complete_abstract_value(
        self,
        return_type: GraphQLAbstractType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        if result.__class__ is Fragment:
            return result
        member = None if self._plans is None else member_of(return_type, self.schema, result)
        if member is None:
            return super().complete_abstract_value(
                return_type, field_details_list, info, path, result, position_context
            )
        return self.complete_object_value(
            member, field_details_list, info, path, result, position_context
        )

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        def by_graphql_core() -> Any:
            return super(CompilingExecutor, self).complete_list_value(
                return_type, field_details_list, info, path, result, position_context
            )

        def answer() -> Any:
            answered = self._answered(return_type, field_details_list, result, position_context)
            return answered[0] if answered else by_graphql_core()

        return self._sooner_or_later(answer, by_graphql_core)

    def _sooner_or_later(self, answer: Answer, by_graphql_core: Answer) -> Any:
        try:
            return answer()
        except ToWait as no:
            return self._later(Waiting(no.futures), answer, by_graphql_core)

    async def _later(self, waiting: Waiting, answer: Answer, by_graphql_core: Answer) -> Any:
        """What compiled code comes to when all that it would have to wait for is there, however long that
        takes: to do it twice would be the more work the more there is to do. Graphql-core has what
        never comes to whom it was taken from.
        """
        for _ in range(ROUNDS):
            if not await waiting:
                break
            try:
                return await _awaited(answer())
            except ToWait as more:
                waiting = Waiting(more.futures)
        return await _awaited(by_graphql_core())

    def _answered(
        self,
        kind: GraphQLObjectType | GraphQLList[Any],
        details: FieldDetailsList,
        value: Any,
        position_context: Any,
    ) -> tuple[Any, GroupedFieldSet] | None:
        """The answer of compiled code, and the fields that it lacks; None where graphql-core does it all.

        So it does in what is delivered later, too: there each part has errors of its own.
        """
        if self._plans is None or position_context is not None:
            return None
        plan = self._plans.plan(self, kind, details)
        return plan.run(value, self) if plan else None


async def _awaited(answer: Any) -> Any:
    return await answer if isawaitable(answer) else answer


async def _joined(answer: dict[str, Any], rest: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    answer.update(await rest)
    return answer
