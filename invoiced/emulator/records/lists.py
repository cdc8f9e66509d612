"""Lists of records, page by page."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from invoiced.emulator.description.names import ALWAYS_IN_STRICT_LINKS
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.list_conditions import TIMES, conditions_of, filter_key, pairs_of
from invoiced.emulator.records.list_order import Order, id_column, order_of
from invoiced.emulator.records.records import shown
from invoiced.emulator.storage.store import Condition, Record, column

# From this position on, the service only finds a page in ID order if it remembers the end of the page before.
_FIRST_UNREACHABLE_OFFSET = 10_000
_DEFAULT_SIZE = 100
# Clients refuse longer headers; Python's limit is 65,536 characters, including the name of the header.
_MAX_HEADER_LENGTH = 65_000


def list_records(call: Call, behaviour: Behaviour) -> Result:
    """Respond with one page, and links to the others."""
    _check_emulated(call, behaviour)
    total, records = _page(call, behaviour, order_of(call, behaviour))
    page_shown = [shown(call, behaviour, record) for record in records]
    if call.query.get("paginate") == "none":
        return Result(page_shown)
    links = _links(call, last=max(1, -(-total // call.query["per_page"])))
    if len(links) > _MAX_HEADER_LENGTH:
        raise ApiError(414, "The query is too long to be repeated in the links to the pages.")
    return Result(page_shown, {"Link": links, "X-Total-Count": str(total)})


def _page(call: Call, behaviour: Behaviour, order: Order) -> tuple[int, list[Record]]:
    """Return the total count, as the service tells it, and the records of the page.

    In ID order, a page begins behind the last ID of the page before. The service remembers that ID by the position of
    the page, for all readers with the same filters, whatever their direction and the length of their pages.
    """
    operation, query, memory = call.operation, call.query, call.lists
    list_key = (operation.name, *call.ids.values(), filter_key(call))
    conditions, parent = [*conditions_of(call, behaviour)], next(iter(call.ids.values()), None)
    if of_other := behaviour.parents.get(operation.name):
        conditions.append(Condition(of_other, [parent]))
        parent = None
    records_of = partial(call.store.page, operation.record_type, parent, order=order.terms, limit=query["per_page"])
    offset = (query["page"] - 1) * query["per_page"]
    total = memory.recall(list_key, call.now) if offset else None
    if total is None:
        total = call.store.count(operation.record_type, parent, conditions)
        memory.remember(list_key, total, call.now)
    if behaviour.is_listed_whole:
        return total, records_of(conditions=conditions, order=[f"{column('object')} DESC"], limit=-1)
    if not order.by_id or memory.forgetful:
        return total, records_of(conditions=conditions, offset=offset)
    before = memory.recall((list_key, offset), call.now) if offset else None
    if before is not None:
        comparison = "<" if order.by_id == "DESC" else ">"
        behind = Condition(f"{id_column(operation)} {comparison} ?", [before])
        records = records_of(conditions=[*conditions, behind])
    elif offset >= _FIRST_UNREACHABLE_OFFSET:
        raise ApiError(400, "All pages before this one must be retrieved first, one after the other.")
    else:
        records = records_of(conditions=conditions, offset=offset)
    if records:
        end = call.store.order_key(operation.record_type, records[-1][operation.id_field], id_column(operation))
        memory.remember((list_key, offset + query["per_page"]), end, call.now)
    return total, records


_EMULATED = {"page", "per_page", "sort", "filter", "advanced_filter", "metadata", "paginate", "expand", "include"}
_EMULATED |= {"exclude", "date_column", *TIMES}


def _check_emulated(call: Call, behaviour: Behaviour) -> None:
    """Raise `ApiError` if the query has a condition of this list that the emulator would ignore."""
    emulated = _EMULATED | behaviour.filters.keys() | behaviour.conditions.keys() | pairs_of(call.operation)
    for name in {name.partition("[")[0] for name, _ in call.pairs}:
        if name not in emulated and name in call.operation.query["properties"]:
            raise ApiError(501, f"The emulator does not implement the parameter {name} of this list yet.", name)


def _links(call: Call, last: int) -> str:
    page, per_page = call.query["page"], call.query["per_page"]
    others = [(name, value) for name, value in call.pairs if name not in ("page", "per_page")]
    if call.operation.refuses_unknown_query:
        names = {name for name, _ in others}
        others += [pair for pair in ALWAYS_IN_STRICT_LINKS if pair[0] not in names]
    others += [] if per_page == _DEFAULT_SIZE else [("per_page", str(per_page))]
    pages = {"self": page, "first": 1, "previous": page - 1, "next": page + 1, "last": last}
    return ", ".join(
        f'<{call.origin}{call.path}?{urlencode([*others, ("page", number)])}>; rel="{relation}"'
        for relation, number in pages.items()
        if relation in ("self", "last") or 1 <= number <= last
    )
