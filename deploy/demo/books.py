"""The bookkeeper's part of the month end."""

from collections.abc import Sequence

from deploy.demo.api import Api
from deploy.demo.report import Report


def set_accounts(api: Api, report: Report, rows: Sequence[dict[str, str]], **parameters: object) -> None:
    """State each legal entity's accounts by role, and other parameters of theirs."""
    with report.step("Accounts by role", "Legal entity", "Accounts") as table:
        for one in api.all("/v1/contracts/legal-entities"):
            accounts = {row["role"]: row["account_no"] for row in rows if row["legal_entity_code"] == one["code"]}
            path = f"/v1/contracts/legal-entities/{one['id']}/parameters"
            stated = api.patch(path, {"accounts": accounts, **parameters})
            table.add_row(one["code"], report.compare(f"accounts of {one['code']}", len(stated["accounts"]), 17))
