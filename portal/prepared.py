"""Queries whose SQL is written once: Django takes several times as long to write one as PostgreSQL takes to answer it.

The queryset stays the only place where the rule stands; here its SQL is kept with the places of its values.
"""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators


class Prepared:
    """`build` makes a queryset of plain objects (select_related, only and annotate are fine, prefetches are not), or of
    tuples (values_list).

    It is called once, with `samples`: values like those that will come, each different from all others in the query.
    """

    def __init__(self, build: Callable[..., QuerySet], *samples: Any) -> None:
        self._build, self._samples = build, samples
        self._sql = ""

    def __call__(self, *values: Any) -> list[Any]:
        """The objects or tuples for these values, in the order of `samples`."""
        if not self._sql:
            self._write()
        parameters = [values[place] if place is not None else constant for place, constant in self._parameters]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, parameters)
            rows = cursor.fetchall()
        return [self._object(list(row)) for row in rows] if self._of_objects else rows

    def _write(self) -> None:
        query = self._build(*self._samples).query
        self._of_objects = not query.values_select
        compiler = query.get_compiler(using="default")
        sql, parameters = compiler.as_sql()
        places = {(type(sample), sample): place for place, sample in enumerate(self._samples)}
        self._parameters = [(places.get((type(value), value)), value) for value in parameters]
        if set(places.values()) - {place for place, _ in self._parameters}:
            raise ValueError("a sample is not among the values of the query")
        kinds = compiler.klass_info
        self._model: type[Model] = kinds["model"]
        first, last = kinds["select_fields"][0], kinds["select_fields"][-1] + 1
        self._own = slice(first, last)
        self._names = [column[0].target.attname for column in compiler.select[self._own]]
        self._related = get_related_populators(kinds, compiler.select, "default")
        self._annotations = list(compiler.annotation_col_map.items())
        self._converters = list(compiler.get_converters([column[0] for column in compiler.select]).items())
        self._sql = sql

    def _object(self, row: list[Any]) -> Model:
        for place, (converters, expression) in self._converters:
            for convert in converters:
                row[place] = convert(row[place], expression, connection)
        made = self._model.from_db("default", self._names, row[self._own])
        for related in self._related:
            related.populate(row, made)
        for name, place in self._annotations:
            setattr(made, name, row[place])
        return made
