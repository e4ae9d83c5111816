"""The bookkeeper's part of the month end."""

from collections.abc import Sequence

from deploy.demo.api import Api, Document
from deploy.demo.report import Report


def parameters_of(legal_entity: Document) -> str:
    """Where a legal entity's parameters are."""
    return f"/v1/contracts/legal-entities/{legal_entity['id']}/parameters"


def set_accounts(api: Api, report: Report, rows: Sequence[dict[str, str]]) -> None:
    """State each legal entity's accounts by role."""
    with report.step("Accounts by role", "Legal entity", "Accounts") as table:
        for one in api.all("/v1/contracts/legal-entities"):
            accounts = {row["role"]: row["account_no"] for row in rows if row["legal_entity_code"] == one["code"]}
            stated = api.patch(parameters_of(one), {"accounts": accounts})
            table.add_row(one["code"], report.compare(f"accounts of {one['code']}", len(stated["accounts"]), 17))
