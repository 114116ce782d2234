"""Documents as phones write them: with fragments, aliases, directives and variables."""

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    print_ast,
    value_from_ast_untyped,
    visit,
)
from strawberry.relay import to_base64

from tests.completion.asking import with_arguments

VARIABLES = ("a", "b", "c")
ADDED = 3
"""How many fields with arguments are added to a document."""


class _Ids(Visitor):
    """A random text is no id, and an error in a root's arguments ends everything."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types

    def enter(self, node: Node, *_: object) -> Node | None:
        is_value = isinstance(node, StringValueNode | IntValueNode)
        if not is_value or str(get_named_type(self._types.get_input_type())) != "ID":
            return None
        return StringValueNode(value=to_base64("Order", "0198c9a8-0000-7000-8000-000000000000"))


class Dresser:
    """Writes one document anew."""

    def __init__(self, schema: GraphQLSchema, random: Random) -> None:
        self._schema = schema
        self._random = random
        self._numbers = count(1)
        self._fragments: list[str] = []
        self._declared: list[str] = []
        self._added = 0
        self.arguments: dict[str, Any] = {}
        """What the document said, where it has a variable now. None of them has to be given."""

    def dressed(self, text: str) -> DocumentNode:
        tree = parse(text)
        types = TypeInfo(self._schema)
        operation = visit(tree, TypeInfoVisitor(types, _Ids(types))).definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        root = self._schema.get_root_type(operation.operation)
        assert root is not None
        self._roots = {root.name}
        body = self._selected(operation.selection_set.selections, root.name)
        kind = "mutation" if operation.operation is OperationType.MUTATION else "query"
        declared = ", ".join([*(f"${name}: Boolean!" for name in VARIABLES), *self._declared])
        head = f"{kind} ({declared}) {{ {body} now: __typename"
        used = " ".join(f"v{name}: __typename @skip(if: ${name})" for name in VARIABLES)
        return parse("\n".join([f"{head} {used} }}", *self._fragments]))

    def _selected(self, nodes: tuple[SelectionNode, ...], kind: str) -> str:
        parts = [self._part(node, kind) for node in (*nodes, *self._more(kind))]
        if self._random.random() < 0.2:
            parts.append(self._random.choice(parts))
        if self._random.random() < 0.3:
            parts.append("__typename")
        if self._random.random() < 0.2:
            cut = self._random.randrange(len(parts))
            parts[cut:] = [self._fragment(" ".join(parts[cut:]), kind)]
        return " ".join(parts)

    def _more(self, kind: str) -> Iterator[SelectionNode]:
        """Few of the fields that a random document has take arguments."""
        if kind in self._roots or self._added == ADDED:
            return
        text = with_arguments(self._schema.type_map[kind], self._random)
        if text:
            self._added += 1
            operation = parse(f"{{ {text} }}").definitions[0]
            assert isinstance(operation, OperationDefinitionNode)
            yield from operation.selection_set.selections

    def _part(self, node: SelectionNode, kind: str) -> str:
        if isinstance(node, InlineFragmentNode):
            assert node.type_condition
            name = node.type_condition.name.value
            body = self._selected(node.selection_set.selections, name)
            return f"... on {name} {self._maybe()} {{ {body} }}"
        assert isinstance(node, FieldNode)
        return self._field(node, kind)

    def _field(self, node: FieldNode, kind: str) -> str:
        alias = f"{node.alias.value}: " if node.alias else ""
        if self._random.random() < 0.1:
            alias = f"x{next(self._numbers)}: "
        parent = self._schema.type_map[kind]
        field = self._schema.get_field(parent, node.name.value)  # type: ignore[arg-type]  # a type with fields
        assert field is not None
        may_vary = kind not in self._roots  # an error there ends everything
        given = ", ".join(
            self._argument(each, field, may_vary=may_vary) for each in node.arguments or ()
        )
        text = f"{alias}{node.name.value}{f'({given})' if given else ''} {self._maybe()}"
        if not node.selection_set:
            return text
        below = get_named_type(field.type).name
        return f"{text} {{ {self._selected(node.selection_set.selections, below)} }}"

    def _argument(self, node: ArgumentNode, field: GraphQLField, *, may_vary: bool) -> str:
        """As it is, or by a variable that may be null or absent, whatever the field makes of that."""
        if not may_vary or self._random.random() < 0.5:
            return print_ast(node)
        name = f"g{next(self._numbers)}"
        self.arguments[name] = value_from_ast_untyped(node.value)
        usual = f" = {print_ast(node.value)}" if self._random.random() < 0.3 else ""
        kind = str(field.args[node.name.value].type).removesuffix("!")
        self._declared.append(f"${name}: {kind}{usual}")
        return f"{node.name.value}: ${name}"

    def _fragment(self, body: str, kind: str) -> str:
        if self._random.random() < 0.5:
            return f"... {self._maybe()} {{ {body} }}"
        name = f"F{next(self._numbers)}"
        self._fragments.append(f"fragment {name} on {kind} {{ {body} }}")
        return f"...{name} {self._maybe()}"

    def _maybe(self) -> str:
        if self._random.random() < 0.85:
            return ""
        verb = self._random.choice(("include", "skip"))
        return f"@{verb}(if: {self._random.choice(('true', 'false', '$a', '$b', '$c'))})"
