"""A contract with everything a confirmation can show: two stations, every schedule, money off and on, comments."""

from tests.contracts.sales import Sales
from tests.contracts.traffic import Body

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><circle cx="20" cy="20" r="18" fill="#222"/>'
    '<path d="M44 30 L60 10 L76 30 L92 10" stroke="#222" stroke-width="4" fill="none"/></svg>'
)


async def rich_contract(sales: Sales, *, approve: bool = True, **header: object) -> Body:
    """The contract of Oak Motors over Harbour FM and City Radio, from May to August 2026."""
    group = await sales.record(
        "station-groups", "COAST", logo_svg=LOGO, footer_text="Registered in Malmö. Terms of the trade apply.",
        remit_address="Coast Radio Group, Box 12, 211 20 Malmö",
    )  # fmt: skip
    harbour = await sales.traffic.station("HARB", name="Harbour FM", group_id=group)
    city = await sales.traffic.station("CITY", name="City Radio", group_id=group)
    await sales.amend(
        "legal-entities", sales.traffic.legal_entity_id, address="Quay 3, 211 20 Malmö", vat_no="SE556677889901"
    )
    tax = await sales.record("taxes", "MOMS", name="Sales tax 6 %", percent="6")
    oak = await sales.customer(
        "OAKS", name="Oak Motors & Sons", address="Station Road 12, 223 50 Lund", country="SE", vat_no="SE559900112201",
        tax_id=tax, discount_percent="5", prints_confirmations=True,
    )  # fmt: skip
    flight = {"start_on": "2026-05-04", "end_on": "2026-06-28"}
    lines = [
        sales.line(
            station_id=harbour, **flight, start_time="06:00", end_time="10:00", counts=[2, 2, 2, 2, 2, 1, 0],
            comment="Morning drive; thanks for <priormonth>, here is <month>",
        ),
        sales.line(station_id=harbour, **flight, counts=None, spots_per_week=17, days=[0, 1, 2, 3, 4], skip_weeks=1,
                   start_time="10:00", end_time="15:00", rate_amount="29.00"),
        sales.line(station_id=city, start_on="2026-06-01", end_on="2026-06-28", avail_type="NEWS", length_seconds=60,
                   counts=None, dates={f"2026-06-{day:02d}": 2 for day in (1, 2, 5, 8, 9, 12, 15, 16, 19)},
                   start_time="07:00", end_time="09:00", rate_amount="118.50"),
        sales.line(station_id=city, **flight, rate_amount="0.00", counts=[1] * 7, comment="Bonus, with our thanks"),
        sales.off_air(station_id=city, comment="Web banner <month>", income_account="3055"),
        sales.off_air(station_id=harbour, frequency="single", start_on="2026-06-06", end_on="2026-06-06",
                      rate_amount="1500.00", comment="Summer party on the quay"),
    ]  # fmt: skip
    codes = {"agency_estimate_code": "881", "agency_advertiser_code": "OAK", "agency_product_code": "SPR"}
    drafted = await sales.draft(
        *lines, client_id=oak, product="Summer tyres", po_no="R-77|S-12", comment="Service for <month>",
        notes="Ann wants 20 % next time, do not tell", **codes, **header,
    )  # fmt: skip
    return await sales.traffic.approve(drafted["id"]) if approve else drafted
