"""Who the customers of the sample company are, and what they buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any


@dataclass(frozen=True)
class Market:
    """A country with customers of the sample company."""

    country: str
    language: str
    currency: str
    tax: str
    """Percentage of its sales tax, or nothing."""
    names: Sequence[str]
    trades: Sequence[str]
    """What customers call themselves: `{}` is one of the names."""
    cities: Sequence[tuple[str, str]]
    """Postal codes and cities."""


MARKETS = (
    Market(
        *("US", "en", "usd", ""),
        ("Harper", "Bennett", "Coleman", "Whitfield", "Sawyer", "Lindqvist"),
        ("{} & Sons", "{} Logistics Inc.", "{} Dental Care", "City of {}", "{} Coffee Roasters"),
        (("78701", "Austin"), ("18503", "Scranton"), ("97204", "Portland")),
    ),
    Market(
        *("GB", "en", "gbp", "20"),
        ("Ashworth", "Pemberton", "O'Neill", "Fairfax", "Blackwood"),
        ("{} Ltd", "{} & Co Solicitors", "The {} Bakery", "{} Joinery"),
        (("LS1 4AP", "Leeds"), ("BS1 5TR", "Bristol")),
    ),
    Market(
        *("DE", "de", "eur", "19"),
        ("Müller", "Schäfer", "Groß", "Köhler", "Weiß", "Jürgens"),
        ("{} Maschinenbau GmbH", "Bäckerei {}", "{} & Partner Steuerberater", "Autohaus {} KG"),
        (("80331", "München"), ("50667", "Köln"), ("01067", "Dresden")),
    ),
    Market(
        *("FR", "fr", "eur", "20"),
        ("Lefèvre", "Garçon", "Béranger", "Desœuvre", "Hébert"),
        ("Boulangerie {}", "{} et Fils", "Atelier {} SARL", "Pharmacie {}"),
        (("69001", "Lyon"), ("35000", "Rennes")),
    ),
    Market(
        *("PL", "pl", "eur", "23"),
        ("Żółkiewski", "Wiśniewska", "Łukasik", "Dąbrowski", "Święcicki"),
        ("{} Sp. z o.o.", "Piekarnia {}", "Kancelaria {}"),
        (("00-001", "Warszawa"), ("90-001", "Łódź")),
    ),
    Market(
        *("ES", "es", "eur", "21"),
        ("Muñoz", "Ibáñez", "Peña", "Güell", "Ordóñez"),
        ("Talleres {} S.L.", "Hermanos {}", "Clínica {}"),
        (("28001", "Madrid"), ("46001", "València")),
    ),
    Market(
        *("JP", "ja", "jpy", "10"),
        ("山田", "佐藤", "高橋", "渡辺", "さくら"),
        ("株式会社{}", "{}商店", "{}製作所"),
        (("100-0001", "東京"), ("530-0001", "大阪")),
    ),
    Market(
        *("KR", "ko", "usd", "10"),
        ("한빛", "대성", "미래", "푸른"),
        ("주식회사 {}", "{}상사"),
        (("04524", "서울"), ("48058", "부산")),
    ),
    Market(
        *("GR", "el", "eur", "24"),
        ("Παπαδόπουλος", "Γεωργίου", "Νικολάου"),
        ("Φαρμακείο {}", "Αφοί {}"),
        (("105 57", "Αθήνα"), ("546 24", "Θεσσαλονίκη")),
    ),
)

ITEMS: Mapping[str, tuple[str, int]] = {
    "paper-a4": ("Copy paper A4, box of 5 reams", 24),
    "toner": ("Toner cartridge", 89),
    "printer": ("Laser printer", 640),
    "desk": ("Standing desk", 480),
    "chair": ("Office chair", 310),
    "setup": ("Delivery and setup", 120),
    "repair": ("Repair, per hour", 75),
}
"""Names and prices by ID, in units of most currencies."""

PLANS: Mapping[str, tuple[str, int]] = {
    "care-basic": ("Printer care Basic", 39),
    "care-plus": ("Printer care Plus", 99),
}
"""Names and monthly prices by ID."""

_SHARES = (8, 4, 6, 3, 3, 2, 2, 1, 1)
_UNITS = {"jpy": 150}
"""What one unit of most currencies is worth in others."""


def new_customer(random: Random, number: int) -> tuple[Market, dict[str, Any]]:
    """Return the market of a new customer, and what is sent to create it."""
    (market,) = random.choices(MARKETS, _SHARES)
    postal_code, city = random.choice(market.cities)
    fields = {
        "name": random.choice(market.trades).format(random.choice(market.names)),
        "email": f"accounts{number}@customer{number}.example",
        "country": market.country,
        "language": market.language,
        "currency": market.currency,
        "address1": f"{random.choice(market.names)} {random.randint(1, 180)}",
        "postal_code": postal_code,
        "city": city,
        "payment_terms": random.choice(("NET 14", "NET 30", "NET 30", "NET 45")),
    }
    return market, fields


def new_lines(random: Random, market: Market) -> list[dict[str, Any]]:
    """Return the lines of an order, as they are sent."""
    items = random.sample(sorted(ITEMS.items()), random.randint(1, 4))
    return [
        {
            "name": name,
            "quantity": random.choice((1, 1, 2, 3, 5, 10)),
            "unit_cost": price * _UNITS.get(market.currency, 1),
            "metadata": {"sku": item},
        }
        for item, (name, price) in items
    ]
