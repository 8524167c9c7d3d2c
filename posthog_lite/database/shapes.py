"""Answers, declared once: what each key is called, says and holds, and where it comes from.

A `Shape` is the read model of an answer: it names the columns to read, and makes the answer of a
row. The component of the OpenAPI document is made of the same declaration.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from orjson import Fragment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.db.models import Model

    Answer = dict[str, Any]
    # From the row, and from what belongs to the answer as a whole.
    Make = Callable[[Any, Any], Any]


class Person:
    """The kind of a key that holds a user, as other objects name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of an answer.

    `kind` is a type, a choices class, a Shape, a list of one of these, or a piece of JSON schema;
    where there is none, the column of the shape's model says it.
    """

    description: str
    kind: Any = None
    null: bool = False
    is_read: bool = False
    source: str | None = None  # the column that is read, where it has another name
    json: bool = False  # goes into the answer as the text that it is
    make: Make | None = None
    otherwise: Any = None  # stands here where nothing is read, made or given
    only_if_given: bool = False  # not a key of every answer
    before: str | None = None  # the inherited key that it stands before


# Class attributes of the type Any: what they hold is the answer's business.
def column(description: str, **options: Any) -> Any:
    """Declare a key that is a column, of the same name unless `source` says otherwise."""
    return Field(description=description, is_read=True, **options)


def person(description: str, *, source: str) -> Any:
    """Declare a key that is a user, whose id is read; the context has all `people` by id."""
    return Field(description=description, kind=Person, null=True, is_read=True, source=source)


def computed(description: str, kind: Any, make: Make, **options: Any) -> Any:
    """Declare a key that is made of the row, and of the context of the whole answer."""
    return Field(description=description, kind=kind, make=make, **options)


def given(description: str, kind: Any = Any, **options: Any) -> Any:
    """Declare a key whose value is handed over with the row."""
    return Field(description=description, kind=kind, **options)


class Shape:
    """An answer, or a part of one. Keys stand in the order of their declaration.

    A class definition takes `of`, the model that is read; `about`, the sentence of the document;
    `component`, the name in the document; `hidden`, columns that are read for other keys;
    `annotated`, what is read but is not a column; `only`, the inherited keys that stay;
    `sometimes_absent`, keys that answers of another form lack; `examples`, answers by what they
    show.
    """

    of: ClassVar[type[Model] | None] = None
    about: ClassVar[str]
    component: ClassVar[str]
    examples: ClassVar[Mapping[str, Any]]
    absent: ClassVar[tuple[str, ...]] = ()
    declared: ClassVar[dict[str, Field]] = {}
    Row: ClassVar[Any]
    _hidden: ClassVar[tuple[str, ...]] = ()
    _annotated: ClassVar[frozenset[str]] = frozenset()
    _sources: ClassVar[tuple[str, ...]] = ()
    _plan: ClassVar[_Plan]

    def __init_subclass__(
        cls,
        *,
        about: str,
        of: type[Model] | None = None,
        component: str = "",
        hidden: Sequence[str] = (),
        annotated: Sequence[str] = (),
        only: Sequence[str] = (),
        sometimes_absent: Sequence[str] = (),
        examples: Mapping[str, Any] | None = None,
    ) -> None:
        cls.about, cls.component = about, component or cls.__name__
        cls.of, cls.examples = of or cls.of, examples or {}
        cls._hidden = (*cls._hidden, *hidden)
        cls._annotated |= {*annotated}
        cls.declared = _merged(cls.declared, vars(cls), only)
        optional = (name for name, field in cls.declared.items() if field.only_if_given)
        cls.absent = (*sometimes_absent, *optional)
        if not only:  # else rows are those of the shape that it is a part of
            read = (field.source or name for name, field in cls.declared.items() if field.is_read)
            cls._sources = tuple(dict.fromkeys([*read, *cls._hidden]))
            cls.Row = namedtuple(f"{cls.__name__}Row", cls._sources)  # type: ignore[misc]  # named after what it reads
        cls._plan = _Plan.of(cls.declared, cls._sources)

    @classmethod
    def reads(cls, prefix: str = "") -> list[str]:
        """Return the columns of `Row`, of the model itself or of rows that point to it."""
        return [name if name in cls._annotated else prefix + name for name in cls._sources]

    @classmethod
    def row(cls, values: Sequence[Any]) -> Any:
        """Return what was read, by name."""
        return cls.Row._make(values)

    @classmethod
    def make(cls, row: Any, context: Any = None, /, **given: Any) -> Answer:
        """Return the answer of a row; `given` are the values that come from elsewhere."""
        plan = cls._plan
        answer = plan.blank.copy()
        for key, index in plan.columns:
            answer[key] = row[index]
        for key, index in plan.json:
            text = row[index]
            answer[key] = None if text is None else Fragment(text)
        for key, index in plan.people:
            answer[key] = context.people.get(row[index])
        for key, make in plan.computed:
            answer[key] = make(row, context)
        answer.update(given)
        return answer


@dataclass(frozen=True, slots=True)
class _Plan:
    """How an answer is made: which keys are which places of the row."""

    blank: Answer
    columns: list[tuple[str, int]]
    json: list[tuple[str, int]]
    people: list[tuple[str, int]]
    computed: list[tuple[str, Make]]

    @classmethod
    def of(cls, declared: dict[str, Field], sources: tuple[str, ...]) -> _Plan:
        plan = cls(
            {name: f.otherwise for name, f in declared.items() if not f.only_if_given},
            [],
            [],
            [],
            [],
        )
        for name, field in declared.items():
            if field.make is not None:
                plan.computed.append((name, field.make))
            elif field.is_read:
                places = plan.people if field.kind is Person else plan.columns
                places = plan.json if field.json else places
                places.append((name, sources.index(field.source or name)))
        return plan


def _merged(
    inherited: dict[str, Field], namespace: Mapping[str, Any], only: Sequence[str]
) -> dict[str, Field]:
    own = {name: value for name, value in namespace.items() if isinstance(value, Field)}
    if only:
        return {name: own.get(name) or inherited[name] for name in only}
    names = [name for name in inherited if name not in own]
    for name, field in own.items():
        names.insert(names.index(field.before) if field.before else len(names), name)
    return {name: own.get(name) or inherited[name] for name in names}
