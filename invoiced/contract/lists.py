"""Lists: pages, order, filters and links."""

from __future__ import annotations

import json
from typing import Any

from invoiced.contract import scenes
from invoiced.contract.account import Account
from invoiced.contract.facts import Finding, accepted, fact, refused


@fact("E2", writes=False)
def maximum_per_page(account: Account) -> Finding:
    """per_page is cut to 100, which links do not repeat."""
    received = account.get("customers", {"per_page": 1000, "filter[number]": account.token})
    repeated = "per_page" in received.links["self"]
    return Finding(not repeated, f"{received}, per_page {'repeated' if repeated else 'not repeated'}")


@fact("E2b")
def minimum_per_page(account: Account) -> Finding:
    """A per_page below 1 is 1."""
    received = scenes.list_of(account, per_page=-1)
    return Finding(len(received.ids) == 1, str(received))


@fact("E2c", writes=False)
def page_beyond_the_end(account: Account) -> Finding:
    """A page beyond the end is an empty list."""
    received = account.get("customers", {"page": 99, "filter[number]": account.token})
    return Finding(accepted(received).holds and received.body == [], str(received))


@fact("E3")
def default_order(account: Account) -> Finding:
    """The default order is that of the IDs."""
    pages = account.scene(scenes.paging)
    in_order = pages.first.ids == pages.before[:2]
    return Finding(in_order, "ascending" if in_order else "another order")


@fact("E4")
def sort_without_direction(account: Account) -> Finding:
    """A sort without a direction is ignored."""
    received = scenes.list_of(account, sort="name")
    return Finding(received.ids == scenes.remaining(account), str(received))


@fact("E4b")
def unknown_column(account: Account) -> Finding:
    """On customers, unknown columns of a sort are ignored, and equal values are in the order of the IDs."""
    received = scenes.list_of(account, sort="no_such_column asc,country desc")
    return Finding(received.ids == scenes.remaining(account), str(received))


@fact("E5")
def page_after_a_deletion(account: Account) -> Finding:
    """In the order of the IDs, page 2 continues after the last ID of page 1, whatever was deleted."""
    pages = account.scene(scenes.paging)
    return Finding(pages.second.ids == pages.before[2:4], str(pages.second))


@fact("E5b")
def offset_after_a_deletion(account: Account) -> Finding:
    """With the sort "id desc", page 2 is an offset: a deletion on page 1 hides a record."""
    pages = account.scene(scenes.paging_by_offset)
    rest = [id for id in reversed(pages.before) if id != pages.first.ids[0]]
    return Finding(pages.second.ids == rest[2:4], str(pages.second))


@fact("E7")
def position_of_another_reader(account: Account) -> Finding:
    """The position is kept per offset, for readers with another per_page, too."""
    received = account.scene(scenes.another_reader)
    return Finding(received.ids == account.scene(scenes.paging).before[2:3], str(received))


@fact("E8")
def count_of_page_2(account: Account) -> Finding:
    """X-Total-Count is counted at page 1: on page 2, a deletion does not show."""
    pages = account.scene(scenes.paging)
    first, second = pages.first.total_count, pages.second.total_count
    return Finding(first == second == len(pages.before), f"{first}, then {second}")


@fact("E8b")
def count_of_page_1(account: Account) -> Finding:
    """When page 1 is read again, the records are counted again."""
    before, after = account.scene(scenes.paging), account.scene(scenes.paging_by_offset)
    counts = before.first.total_count, after.first.total_count
    return Finding(counts == (len(before.before), len(after.before)), f"{counts[0]}, then {counts[1]}")


@fact("E9", writes=False)
def without_pagination(account: Account) -> Finding:
    """With paginate=none, Link and X-Total-Count are missing."""
    received = account.get("customers", {"paginate": "none", "filter[number]": account.token})
    sent = [name for name in ("Link", "X-Total-Count") if name in received.headers]
    return Finding(received.status == 200 and not sent, ", ".join([str(received), *sent]))


@fact("E10")
def links_of_page_1(account: Account) -> Finding:
    """The links are self, first, previous, next and last, in this order; on page 1, previous is missing."""
    relations = [*account.scene(scenes.paging).first.links]
    return Finding(relations == ["self", "first", "next", "last"], ", ".join(relations) or "no links")


@fact("E10b")
def links_of_the_last_page(account: Account) -> Finding:
    """By the count of page 1, the last page has no next."""
    relations = [*account.scene(scenes.paging).second.links]
    return Finding(relations == ["self", "first", "previous", "last"], ", ".join(relations) or "no links")


@fact("E10c")
def query_of_links(account: Account) -> Finding:
    """Links repeat the query."""
    query = account.scene(scenes.paging).first.links["next"]
    expected = {"metadata[list]": account.token, "page": "2", "per_page": "2"}
    return Finding(query.items() >= expected.items(), f"{len(query.items() & expected.items())} of 3 parameters")


@fact("E11", writes=False)
def unknown_filter(account: Account) -> Finding:
    """A filter by an unknown property is refused, without param."""
    return refused(account.get("customers", {"filter[no_such_field]": 1}))


@fact("E11b")
def case_of_filters(account: Account) -> Finding:
    """Filters compare text without case."""
    customer = account.scene(scenes.detailed)
    received = account.get("customers", {"filter[number]": customer["number"].lower()})
    return Finding(received.ids == [customer["id"]], str(received))


@fact("E12")
def advanced_filter(account: Account) -> Finding:
    """advanced_filter compares IDs: it can list what comes after a record."""
    account.scene(scenes.listed)
    first, *rest = scenes.remaining(account)
    conditions = [{"field": "id", "operator": ">", "value": first}]
    received = scenes.list_of(account, advanced_filter=json.dumps(conditions))
    return Finding(received.ids == rest, str(received))


@fact("E13")
def dropped_metadata_filter(account: Account) -> Finding:
    """A metadata filter whose key has another character than A-Z a-z 0-9 _ - is dropped without an error."""
    received = scenes.list_of(account, **{"metadata[no such key]": "x"})
    return Finding(received.ids == scenes.remaining(account), str(received))


def _updates(account: Account) -> dict[Any, int]:
    """Return the times of the last updates, by ID."""
    records = scenes.list_of(account, include="updated_at").elements
    return {record["id"]: record["updated_at"] for record in records}


@fact("E14")
def second_of_updated_after(account: Account) -> Finding:
    """updated_after excludes its own second."""
    received = scenes.list_of(account, updated_after=max(account.scene(_updates).values()))
    return Finding(accepted(received).holds and received.body == [], str(received))


@fact("E14b")
def second_after_updated_after(account: Account) -> Finding:
    """updated_after includes the next second."""
    updates = account.scene(_updates)
    last = max(updates.values())
    received = scenes.list_of(account, updated_after=last - 1)
    return Finding(received.ids == [id for id, time in updates.items() if time == last], str(received))


@fact("E15")
def unknown_expand(account: Account) -> Finding:
    """An unknown name in expand is ignored."""
    return accepted(account.scene(scenes.retrieved))


@fact("E15b")
def unknown_include(account: Account) -> Finding:
    """An unknown name in include is returned as null."""
    body = account.scene(scenes.retrieved).record
    returned = body.get("no_such_field", ...) is None
    return Finding(returned, "null" if returned else "missing")


@fact("E15c")
def exclude(account: Account) -> Finding:
    """Exclude leaves a property out."""
    body = account.scene(scenes.retrieved).record
    return Finding("id" in body and "name" not in body, f"{'returned' if 'name' in body else 'left out'}")
