"""Codes of countries (ISO 3166-1 alpha-2) and currencies (ISO 4217)."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError

_COUNTRIES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""

_CURRENCIES = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd btc btn bwp byn bzd cad cdf chf
    clp cny cop crc cup cve czk djf dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gnf gtq gyd hkd hnl htg huf
    idr ils inr iqd irr isk jmd jod jpy kes kgs khr kmf kpw krw kwd kyd kzt lak lbp lkr lrd lsl lyd mad mdl mga mkd mmk
    mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar
    sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt tnd top try ttd twd tzs uah ugx usd uyu uzs ves
    vnd vuv wst xaf xcd xof xpf yer zar zmw zwg
"""

_KNOWN_COUNTRIES = frozenset(_COUNTRIES.split())
_KNOWN_CURRENCIES = frozenset(_CURRENCIES.split())


def country_code(code: str, param: str = "country") -> str:
    """Return the code of a country in upper case. `ApiError` with `param` if it is unknown."""
    if code.upper() not in _KNOWN_COUNTRIES:
        raise ApiError(400, f"Unknown country {code!r} (expected e.g. US).", param)
    return code.upper()


def currency_code(code: str) -> str:
    """Return the code of a currency in lower case. `ApiError` if it is unknown."""
    if code.lower() not in _KNOWN_CURRENCIES:
        raise ApiError(400, f"Unknown currency {code!r} (expected e.g. usd).")
    return code.lower()
