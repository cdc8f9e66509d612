"""Currencies as people write them: what a sign such as $ or € may mean."""

from __future__ import annotations

_CURRENCIES = {
    "€": "eur",
    "£": "gbp egp fkp ggp gip imp jep lbp sdg shp ssp syp",
    "¥": "jpy cny",
    "₹": "inr",
    "$": "usd ars aud bbd bmd bnd brl bsd bzd cad clp cop cup cve dop fjd gyd hkd jmd kyd lrd mop mxn nad nio nzd pab "
    "sbd sgd srd top ttd twd uyu wst xcd zwl",
}


def contradicts(shown: str, currency: str) -> bool:
    """Return whether an amount that is shown with `shown`, such as `€`, `US$` or `CHF`, is surely in another currency.

    Args:
        shown: the sign or the code that is beside an amount.
        currency: code of the currency, such as `eur`.
    """
    possible = _CURRENCIES.get(shown[-1:]) or (shown.lower() if shown.isalpha() else currency)
    return currency not in possible.split()
