"""How the agreement invoices an allocation: share by share, the head client's alone, or all to it (MA-INS-16)."""

from decimal import Decimal
from itertools import permutations

import pytest

from shared.events.contracts import InsertionState
from tests.invoicing.results import in_print, papers, posted, totals
from tests.invoicing.world import World

# EX-05: 10 000.01 at 34/33/33; the head client takes what rounding leaves. It pays 25 % VAT, the others none.
PRICES = ("3400.01", "3300.00", "3300.00")
_MODES = ("per_client", "head_only", "total")


async def allocated(world: World) -> InsertionState:
    """The insertion of EX-05 between three clients, as an agreement without a mode of its own has it."""
    clients = [
        await world.client(f"C{number}", vat_percent=Decimal("0" if number else "25")) for number in range(len(PRICES))
    ]
    shares = [world.insertion(client, price).shares[0] for client, price in zip(clients, PRICES, strict=True)]
    return world.insertion(clients[0], shares=shares)


@pytest.mark.rule("MA-INS-16")
@pytest.mark.parametrize(
    ("mode", "invoices", "net_net"),
    [
        (
            "per_client",
            [("3400.01", "850.00", "4250.01"), ("3300.00", "0.00", "3300.00"), ("3300.00", "0.00", "3300.00")],
            "8500.01",
        ),
        ("head_only", [("3400.01", "850.00", "4250.01")], "2890.01"),
        ("total", [("10000.01", "2500.00", "12500.01")], "8500.01"),
    ],
)
async def test_the_agreement_says_who_is_invoiced_what(
    world: World, mode: str, invoices: list[tuple[str, str, str]], net_net: str
) -> None:
    insertion = (await allocated(world)).model_copy(update={"allocation_invoicing": mode})
    await world.tell(insertion)
    preview = await world.run("test")
    done = await world.run()
    assert (done["invoice_count"], done["left_out_count"], done["digest"]) == (len(invoices), 0, preview["digest"])
    assert sorted(await totals(world), reverse=True) == sorted([("media", *one) for one in invoices], reverse=True)
    books = await posted(world)
    assert (books["media_deduction"], books["media_cost"]) == (f"-{net_net}", net_net)
    assert Decimal(books["accounts_receivable"]) == sum(Decimal(total) for _, _, total in invoices)
    printed = await papers(world)
    assert len(printed) == len(invoices)
    for net, _, _ in invoices:
        assert any(in_print(net) in words for words in printed)
    heads = await world.rows("SELECT client_id FROM invoice WHERE client_id = $1", insertion.client_id)
    assert len(heads) == 1
    assert await world.broken() == {}


@pytest.mark.rule("MA-INS-16", "MA-INS-15")
@pytest.mark.parametrize("order", list(permutations(_MODES)))
async def test_the_newest_word_of_the_agreement_counts_in_whatever_order_it_arrives(
    world: World, order: tuple[str, ...]
) -> None:
    insertion = await allocated(world)
    told = [
        insertion.model_copy(update={"allocation_invoicing": mode, "version": version})
        for version, mode in enumerate(_MODES, 1)
    ]
    for mode in order:
        await world.tell(next(one for one in told if one.allocation_invoicing == mode))
    await world.run()
    assert await totals(world) == [("media", "10000.01", "2500.00", "12500.01")]
    assert await world.broken() == {}


@pytest.mark.rule("MA-INS-16")
async def test_a_run_over_another_client_finds_nothing_of_what_the_head_client_is_invoiced(world: World) -> None:
    insertion = (await allocated(world)).model_copy(update={"allocation_invoicing": "total"})
    await world.tell(insertion)
    other = insertion.shares[1].client_id
    assert (await world.run(client_ids=(other,)))["invoice_count"] == 0
    assert (await world.run(client_ids=(insertion.client_id,)))["invoice_count"] == 1
