"""What contracts tells: registers, radio contracts and logs, insertions, media campaigns."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.envelope import Fact
from shared.events.fields import Amount, ClockTime, CurrencyCode, Day, Flag, Moment, Percent, Rate


class Part(BaseModel):
    """A part of an event's state; consumers ignore fields they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


# --- registers ---------------------------------------------------------------------------------------------------


class RegisterFact(Fact):
    """The whole record of a register; `version` rises with every change."""

    id: UUID
    code: str
    name: str
    version: int
    blocked: Flag = False


class LegalEntityChanged(RegisterFact):
    """A selling company: number series, currency and weeks go by it."""

    TYPE: ClassVar[str] = "contracts.legal_entity.changed.v1"
    currency: CurrencyCode
    country: str
    address: str = ""
    vat_no: str = ""
    start_of_week: int | None = None
    time_zone: str = "UTC"
    vat_percent: Percent
    number_prefix: str = ""
    credit_series: Flag = False
    # Whether delivery data arrives per day, as weekly billing by delivery needs it (PI-REQ-16).
    daily_delivery: Flag = False


class ClientChanged(RegisterFact):
    """A buyer, with everything that decides how it is invoiced (MA-REG-01, MA-REG-02)."""

    TYPE: ClassVar[str] = "contracts.client.changed.v1"
    legal_entity_id: UUID
    category: str = ""
    address: str = ""
    country: str = ""
    vat_no: str = ""
    email: str = ""
    vat_percent: Percent
    currency: CurrencyCode
    language: str = "en"
    payment_days: int = 30
    from_month_end: Flag = False
    # What may be kept back by who pays within so many days of the invoice date (MA-REG-21).
    cash_discount_percent: Percent = Decimal(0)
    cash_discount_days: int = 0
    separate_by: Literal["client", "campaign", "plan", "order", "product"] = "plan"
    reference_required: Flag = False
    minimum_amount: Amount
    vat_code_id: UUID | None = None
    payment_terms_id: UUID | None = None
    ad_agency_id: UUID | None = None
    credit_limit_amount: Amount | None = None
    credit_used_amount: Amount = Decimal(0)


class VatCodeChanged(RegisterFact):
    """A VAT rate that clients name (MA-REG-02)."""

    TYPE: ClassVar[str] = "contracts.vat_code.changed.v1"
    percent: Percent


class PaymentTermsChanged(RegisterFact):
    """When an invoice falls due, and what is taken off for paying early (MA-REG-08, MA-REG-21)."""

    TYPE: ClassVar[str] = "contracts.payment_terms.changed.v1"
    days: int
    from_month_end: Flag = False
    cash_discount_percent: Percent = Decimal(0)
    cash_discount_days: int = 0


class AdAgencyChanged(RegisterFact):
    """A client's advertising agency, which is settled with (MA-REG-13)."""

    TYPE: ClassVar[str] = "contracts.ad_agency.changed.v1"
    address: str = ""
    supplier_id: UUID | None = None
    supplier_no: str = ""
    language: str = "en"
    vat_on_settlement: Flag = False
    cost_centre: str = ""
    cost_object: str = ""


class AgencyChanged(RegisterFact):
    """An agency that buys airtime for clients; `edi_no` switches the estimate mode (CT-HDR-08)."""

    TYPE: ClassVar[str] = "contracts.agency.changed.v1"
    commission_percent: Percent
    edi_no: str = ""


class SalespersonChanged(RegisterFact):
    """A seller and the usual share of a contract's net (CT-CMN-04)."""

    TYPE: ClassVar[str] = "contracts.salesperson.changed.v1"
    commission_percent: Percent


class CopyChanged(RegisterFact):
    """A recorded commercial (CT-ROT-08)."""

    TYPE: ClassVar[str] = "contracts.copy.changed.v1"
    client_id: UUID
    cart_no: str = ""
    length_seconds: int
    start_on: Day | None = None
    end_on: Day | None = None
    script: str = ""


class StationChanged(RegisterFact):
    """A radio station and its affidavit texts (CT-ITY-08)."""

    TYPE: ClassVar[str] = "contracts.station.changed.v1"
    legal_entity_id: UUID
    time_zone: str
    affidavit_text: str = ""
    notarized_text: str = ""
    # The set of stations it runs with: what their documents look like goes by it (CT-ITY-14, CT-DOC-08).
    group_id: UUID | None = None


class StationGroupChanged(RegisterFact):
    """Stations run together, with the options of their documents (CT-ITY-14, CT-CYC-20, CT-DOC-08)."""

    TYPE: ClassVar[str] = "contracts.station_group.changed.v1"
    split_by_station: Flag = False
    logo_svg: str = ""
    remit_address: str = ""
    footer_text: str = ""
    # Which columns documents show, in this order; none named means all of the document's own.
    invoice_columns: list[str] = []
    confirmation_columns: list[str] = []
    rates: Literal["gross", "net"] = "gross"


class RevenueSourceChanged(RegisterFact):
    """A classification of contracts in reports (CT-HDR-18)."""

    TYPE: ClassVar[str] = "contracts.revenue_source.changed.v1"


class RevenueTypeChanged(RegisterFact):
    """A second classification of contracts in reports (CT-HDR-19)."""

    TYPE: ClassVar[str] = "contracts.revenue_type.changed.v1"


class SupplierChanged(RegisterFact):
    """A creditor of the purchase ledger."""

    TYPE: ClassVar[str] = "contracts.supplier.changed.v1"
    currency: CurrencyCode
    payment_days: int = 30


class MediaTypeChanged(RegisterFact):
    """What all media of a kind have in common (MA-REG-10, MA-GEN-07)."""

    TYPE: ClassVar[str] = "contracts.media_type.changed.v1"
    ad_check_required: Flag = False
    default_status: str = ""
    look_ahead_days: int = 0
    sales_account: str = ""
    cost_account: str = ""


class MediaChanged(RegisterFact):
    """A medium where insertions are booked, with its supplier, its currency and what its type says (MA-REG-12)."""

    TYPE: ClassVar[str] = "contracts.media.changed.v1"
    supplier_id: UUID | None = None
    currency: CurrencyCode
    media_type_id: UUID | None = None
    media_type: str = ""
    ad_check_required: Flag = False
    look_ahead_days: int = 0
    default_status: str = ""


class ChargeState(Part):
    """A fee or capital cost: a percent of a base, or a fixed amount in a currency (MA-INS-05, MA-INS-09)."""

    percent: Percent | None = None
    amount: Amount | None = None
    currency: CurrencyCode | None = None
    base: str = "net"


class EarnedShareState(Part):
    """What the advertising agency gets of what is earned: a part of it, or points of its rate (MA-SET-03)."""

    form: Literal["part", "points"]
    percent: Percent


class AgreementChanged(RegisterFact):
    """Terms of trade with a client (MA-REG-04, MA-REG-07, MA-REG-09, MA-INS-16)."""

    TYPE: ClassVar[str] = "contracts.agreement.changed.v1"
    current_invoicing: Flag = False
    current_deduction: Flag = False
    timing: Literal["insertion", "plan_first", "plan_last", "order_last"] = "insertion"
    default_status: str = ""
    allocation_invoicing: Literal["per_client", "head_only", "total"] = "per_client"
    received_percents: list[Percent] = []
    passed_on_percents: list[Percent] = []
    fees: list[ChargeState] = []
    capital_cost: ChargeState | None = None
    fee_share: EarnedShareState | None = None
    commission_share: EarnedShareState | None = None
    capital_cost_share: EarnedShareState | None = None
    fee_terms_id: UUID | None = None
    fee_payment_days: int | None = None
    fee_from_month_end: Flag = False


class PriceCodeChanged(RegisterFact):
    """A discount or surcharge code (MA-REG-20)."""

    TYPE: ClassVar[str] = "contracts.price_code.changed.v1"
    kind: Literal["discount", "surcharge"]
    percent: Percent | None = None
    fixed_amount: Amount | None = None
    currency: CurrencyCode | None = None
    base: Literal["gross", "remaining"] = "remaining"
    by_media: Flag = True
    bears_commission: Flag = True
    do_not_invoice: Flag = False
    vat_percent: Percent | None = None


class ReconciliationCodeChanged(RegisterFact):
    """A class of discrepancies; `code` is its number, the intervals are absolute and in base currency (MA-REG-19)."""

    TYPE: ClassVar[str] = "contracts.reconciliation_code.changed.v1"
    evaluation_order: int
    sides: Literal["any", "client_only", "media_only"] = "any"
    negative_from: Amount
    negative_to: Amount
    positive_from: Amount
    positive_to: Amount


class ClaimTextChanged(RegisterFact):
    """A text to begin claims with (MA-REG-15)."""

    TYPE: ClassVar[str] = "contracts.claim_text.changed.v1"
    text: str
    automatic: Flag = False


class SalesEndingState(Part):
    """How sales accounts end for a VAT rate and for buyers at home, in the EU or elsewhere."""

    vat_percent: Percent
    area: Literal["domestic", "eu", "other"]
    ending: str


class ParameterChanged(Fact):
    """A legal entity's parameters; `id` is the legal entity's (MA-REG-09, MA-REG-16 to 18, MA-REG-21, MA-REG-23)."""

    TYPE: ClassVar[str] = "contracts.parameter.changed.v1"
    id: UUID
    version: int
    currency: CurrencyCode
    fee_on_own_invoice: Flag = False
    joint_billing: Flag = False
    change_client_in_reconciliation: Flag = False
    deduction_per_row: Flag = False
    keep_general_text: Flag = True
    email_zero_invoices: Flag = False
    invoice_fee_amount: Amount = Decimal(0)
    invoice_fee_on_zero: Flag = False
    cash_discount_with_vat: Flag = True
    vat_on_commission_without_vat: Flag = False
    rounding_tolerance_amount: Amount = Decimal(1)
    temporary_account: str = ""
    rate_of_insertion_date: Flag = False
    # How many days old a rate may be when it is used to invoice; none: any.
    rate_days_max: int | None = None
    # Accounting dates up to this day are closed (MA-GEN-07).
    closed_through: Day | None = None
    # Account role → account number (MA-GEN-07).
    accounts: dict[str, str] = {}
    # The last two digits of sales accounts, by VAT rate and by where the buyer is (MA-GEN-07).
    sales_endings: list[SalesEndingState] = []


class ExchangeRateChanged(Fact):
    """Units of a legal entity's base currency for one unit of another, from a day on (MA-GEN-10)."""

    TYPE: ClassVar[str] = "contracts.exchange_rate.changed.v1"
    id: UUID
    version: int
    legal_entity_id: UUID
    currency: CurrencyCode
    rate_on: Day
    rate: Rate
    source: str = ""


class TaxPart(Part):
    """One of the parts a tax prints (CT-TAX-04)."""

    name: str
    percent: Percent


class TaxChanged(RegisterFact):
    """A tax of radio contracts and its parts (CT-TAX-02)."""

    TYPE: ClassVar[str] = "contracts.tax.changed.v1"
    percent: Percent
    parts: list[TaxPart] = []
    # The tax that contracts with this one are taxed by from now on.
    merged_into_id: UUID | None = None


class ConflictChanged(RegisterFact):
    """A product category whose spots are kept apart (CT-LOG-05)."""

    TYPE: ClassVar[str] = "contracts.conflict.changed.v1"
    method: Literal["none", "minutes", "avails"] = "none"
    distance: int = 0


class PlanChanged(RegisterFact):
    """A client's media plan (MA-REG-05)."""

    TYPE: ClassVar[str] = "contracts.plan.changed.v1"
    client_id: UUID
    agreement_id: UUID
    owner: str = ""
    client_reference: str = ""
    campaign: str = ""
    product: str = ""
    invoice_on: Day | None = None


# --- radio contracts ---------------------------------------------------------------------------------------------


class ContractLineState(Part):
    """A line as approved; spots and occurrences are counted, their dates follow (CT-LIN)."""

    id: UUID
    line_no: int
    kind: Literal["spots", "off_air"]
    station_id: UUID
    start_on: Day
    end_on: Day
    start_time: ClockTime | None = None
    end_time: ClockTime | None = None
    length_seconds: int | None = None
    rate_amount: Amount
    quantity: int
    total_amount: Amount
    comment: str = ""
    income_account: str = ""
    # How many units are ordered on each date: what opens the invoices ahead (CT-CYC-13).
    ordered: dict[date, int] = {}
    # The approval that made the line live: under Begin of Schedule its lines are billed together (CT-CYC-10).
    approved_at: Moment | None = None


class CorrectedField(Part):
    """A field that a saved correction changed, as it read before and after; `line_no` for a field of a line."""

    field: str
    line_no: int | None = None
    old: str
    new: str


class ContractState(Fact):
    """A radio contract as everybody outside may know it: header and approved lines, never the notes (CT-NOT-03)."""

    id: UUID
    version: int
    contract_no: int
    state: Literal["draft", "active", "completed", "cancelled"]
    revision: int = 0
    legal_entity_id: UUID
    client_id: UUID
    agency_id: UUID | None = None
    salesperson_id: UUID | None = None
    currency: CurrencyCode
    # As documents print it: three codes joined with "/" where the agency has an EDI number, else the single number.
    estimate: str = ""
    edi_no: str = ""
    estimate_no: str = ""
    agency_estimate_code: str = ""
    agency_advertiser_code: str = ""
    agency_product_code: str = ""
    po_no: str = ""
    # What electronic invoices take out of the P.O. number (CT-HDR-11).
    rep_order_no: str = ""
    station_order_no: str = ""
    product: str = ""
    pre_pay: Flag = False
    billing_cycle: Literal["none", "calendar", "broadcast", "weekly", "end_of_schedule", "begin_of_schedule"]
    invoice_type: Literal["none", "detail", "summary", "time", "time_rates", "co_op_notarized_affidavit"]
    affidavit: Literal["none", "affidavit", "notarized"] = "none"
    discount_percent: Percent
    agency_commission_percent: Percent
    sales_commission_percent: Percent
    tax_id: UUID | None = None
    revenue_source_id: UUID | None = None
    revenue_type_id: UUID | None = None
    primary_conflict_id: UUID | None = None
    secondary_conflict_id: UUID | None = None
    comment: str = ""
    approved_at: Moment | None = None
    cancelled_at: Moment | None = None
    completed_on: Day | None = None
    trashed_ids: list[UUID] = []
    lines: list[ContractLineState] = []
    # Correction mode: asked for, open, or neither; the id is that of the correction that is under way (CT-LIF-13).
    correction: Literal["none", "requested", "open"] = "none"
    correction_id: UUID | None = None
    # Who asked for the last correction and why, and what the last saved one changed (CT-LIF-13, CT-LIF-20).
    correction_by: str = ""
    correction_reason: str = ""
    corrected_fields: list[CorrectedField] = []


class ContractDrafted(ContractState):
    """A contract was saved for the first time (CT-LIF-02)."""

    TYPE: ClassVar[str] = "contracts.contract.drafted.v1"


class ContractApproved(ContractState):
    """A contract, or lines added to it, became live (CT-LIF-05)."""

    TYPE: ClassVar[str] = "contracts.contract.approved.v1"


class ContractCancelled(ContractState):
    """A contract ended as early as its logs allow (CT-LIF-08)."""

    TYPE: ClassVar[str] = "contracts.contract.cancelled.v1"


class ContractCompleted(ContractState):
    """Every unit is aired or trashed, every occurrence due or trashed (CT-LIF-12)."""

    TYPE: ClassVar[str] = "contracts.contract.completed.v1"


class ContractReopened(ContractState):
    """A completed contract is active again, because a log was reversed (CT-LIF-12)."""

    TYPE: ClassVar[str] = "contracts.contract.reopened.v1"


class ContractPresentationChanged(ContractState):
    """Invoice type or affidavit option changed (CT-ITY-11)."""

    TYPE: ClassVar[str] = "contracts.contract.presentation_changed.v1"


class ContractConflictsChanged(ContractState):
    """The secondary conflict changed (CT-HDR-21)."""

    TYPE: ClassVar[str] = "contracts.contract.conflicts_changed.v1"


class ContractCorrectionRequested(ContractState):
    """Somebody wants to correct the contract; invoicing holds its invoices, or names those in the way (CT-LIF-14)."""

    TYPE: ClassVar[str] = "contracts.contract.correction_requested.v1"


class ContractCorrectionOpened(ContractState):
    """Correction mode is open: none of the contract's invoices is approved meanwhile (CT-LIF-19)."""

    TYPE: ClassVar[str] = "contracts.contract.correction_opened.v1"


class ContractCorrectionAbandoned(ContractState):
    """Correction mode, or the wish for it, ended without a change (CT-LIF-20)."""

    TYPE: ClassVar[str] = "contracts.contract.correction_abandoned.v1"


class ContractCorrected(ContractState):
    """A correction was saved; `corrected_fields` says what changed (CT-LIF-20)."""

    TYPE: ClassVar[str] = "contracts.contract.corrected.v1"


class ContractBillingCycleChanged(ContractState):
    """A correction changed the billing cycle: all open invoices are made anew (CT-LIF-21)."""

    TYPE: ClassVar[str] = "contracts.contract.billing_cycle_changed.v1"


class CopyTurns(Part):
    """A copy in a rotation's sequence and how often it repeats there (CT-ROT-24)."""

    copy_id: UUID
    ratio: int


class RotationState(Part):
    """One rotation in the list's order; without `station_id` it serves all stations (CT-ROT-02)."""

    id: UUID
    name: str = ""
    station_id: UUID | None
    length_seconds: int
    start_on: Day
    end_on: Day
    start_time: ClockTime
    end_time: ClockTime
    weekdays: list[int]
    copies: list[CopyTurns]


class RotationChanged(Fact):
    """The rotation list of a contract; its order decides (CT-ROT-05)."""

    TYPE: ClassVar[str] = "contracts.rotation.changed.v1"
    SUBJECT: ClassVar[str] = "contract_id"
    contract_id: UUID
    version: int
    rotations: list[RotationState]


class SpotState(Part):
    """One unit and where it stands; `version` orders what is told of it."""

    id: UUID
    version: int
    contract_id: UUID
    line_id: UUID
    line_no: int
    station_id: UUID
    state: Literal["scheduled", "unplaced", "placed", "locked", "aired", "missed", "trashed"]
    target_on: Day
    log_on: Day | None = None
    aired_at: Moment | None = None
    air_time: ClockTime | None = None
    length_seconds: int
    rate_amount: Amount
    copy_id: UUID | None = None
    copy_name: str = ""
    cart_no: str = ""
    avail_type: str = ""


class LogState(Fact):
    """One station's log of one date with its units (CT-LOG-01)."""

    id: UUID
    version: int
    station_id: UUID
    air_on: Day
    state: Literal["open", "locked", "reconciled"]
    spots: list[SpotState] = []


class LogLocked(LogState):
    """The log was approved for air; each unit has its copy (CT-LOG-07)."""

    TYPE: ClassVar[str] = "contracts.log.locked.v1"


class LogUnlocked(LogState):
    """The log is open again (CT-LOG-09)."""

    TYPE: ClassVar[str] = "contracts.log.unlocked.v1"


class LogReconciled(LogState):
    """What aired is known, and only thereby billable (CT-LOG-11)."""

    TYPE: ClassVar[str] = "contracts.log.reconciled.v1"


class LogReconciliationReversed(LogState):
    """The log's units are locked again, none of them invoiced (CT-LOG-12)."""

    TYPE: ClassVar[str] = "contracts.log.reconciliation_reversed.v1"


class SpotBatch(Fact):
    """Units whose state changed, at most 500."""

    BATCH: ClassVar[bool] = True
    items: list[SpotState]


class SpotUnplaced(SpotBatch):
    """Units on the bump list of their log (CT-LOG-06)."""

    TYPE: ClassVar[str] = "contracts.spot.unplaced.v1"


class SpotMissed(SpotBatch):
    """Units that did not air and await a makegood (CT-LOG-13)."""

    TYPE: ClassVar[str] = "contracts.spot.missed.v1"


class SpotTrashed(SpotBatch):
    """Units that will never run nor bill (CT-LOG-15)."""

    TYPE: ClassVar[str] = "contracts.spot.trashed.v1"


class OccurrenceState(Part):
    """One due amount of an off-air line (CT-LIN-27)."""

    id: UUID
    version: int
    contract_id: UUID
    line_id: UUID
    line_no: int
    station_id: UUID
    due_on: Day
    state: Literal["scheduled", "due", "trashed"]
    amount: Amount
    comment: str = ""
    income_account: str = ""


class OccurrenceBatch(Fact):
    """Off-air occurrences whose state changed, at most 500."""

    BATCH: ClassVar[bool] = True
    items: list[OccurrenceState]


class OffAirFellDue(OccurrenceBatch):
    """Off-air occurrences whose date arrived."""

    TYPE: ClassVar[str] = "contracts.off_air.fell_due.v1"


class OffAirTrashed(OccurrenceBatch):
    """Off-air occurrences that a cancel took back (CT-LIF-09)."""

    TYPE: ClassVar[str] = "contracts.off_air.trashed.v1"


# --- insertions --------------------------------------------------------------------------------------------------


InsertionStatus = Literal["preliminary", "definitive", "do_not_invoice", "pre_inv", "invoiced", "blocked", "cancelled"]


class ShareState(Part):
    """One client's share of an insertion; an insertion without allocation has one share of 100 % (MA-INS-15)."""

    client_id: UUID
    percent: Percent
    gross_amount: Amount
    discount_amount: Amount
    net_amount: Amount
    commission_amount: Amount
    net_net_amount: Amount
    client_net_amount: Amount
    fee_amount: Amount
    capital_cost_amount: Amount
    surcharge_amount: Amount
    price_amount: Amount
    # What became of the share; older news leave it to the insertion's status.
    status: InsertionStatus | None = None


class InsertionState(Part):
    """One insertion with every fact that invoicing and reconciliation decide on (MA-INS)."""

    id: UUID
    version: int
    legal_entity_id: UUID
    client_id: UUID
    plan_id: UUID
    plan_no: str
    order_id: UUID
    order_no: int
    media_id: UUID
    media_name: str
    supplier_id: UUID | None = None
    agreement_id: UUID
    campaign: str = ""
    product: str = ""
    owner: str = ""
    insertion_on: Day
    status: InsertionStatus
    ad_check_required: Flag = False
    ad_checked: Flag = False
    correction_kind: Literal["none", "external", "internal"] = "none"
    credit: Flag = False
    original_id: UUID | None = None
    client_reference: str = ""
    invoice_comment: str = ""
    not_before_on: Day | None = None
    currency: CurrencyCode
    exchange_rate: Rate
    text: str = ""
    # How the agreement invoices an allocation: share by share, the head client's alone, or all to it (MA-INS-16).
    allocation_invoicing: Literal["per_client", "head_only", "total"] = "per_client"
    # An invoice bills it otherwise than it stands now: a person credits it (MA-INV-26).
    changed_in_run: Flag = False
    shares: list[ShareState]


class InsertionBatch(Fact):
    """Insertions, at most 500, each with its own version."""

    BATCH: ClassVar[bool] = True
    items: list[InsertionState]


class InsertionDefinitive(InsertionBatch):
    """Insertions that may be invoiced from now on."""

    TYPE: ClassVar[str] = "contracts.insertion.definitive.v1"


class InsertionChanged(InsertionBatch):
    """Insertions that changed in any other way."""

    TYPE: ClassVar[str] = "contracts.insertion.changed.v1"


class InsertionCancelled(InsertionBatch):
    """Insertions that will not appear."""

    TYPE: ClassVar[str] = "contracts.insertion.cancelled.v1"


# --- media campaigns ---------------------------------------------------------------------------------------------


class Recipient(Part):
    """Who receives the invoices of a campaign (PI-REQ-11)."""

    name: str = ""
    street: str = ""
    city: str = ""
    country: str = ""
    email: str = ""


class CampaignItemState(Part):
    """One sold position with what its distribution needs (PI-DST-01)."""

    id: UUID
    line_no: int
    name: str = ""
    start_on: Day | None = None
    end_on: Day | None = None
    amount: Amount | None = None
    currency: CurrencyCode
    booked_quantity: int | None = None
    billing_category: str = ""
    billing_basis: Literal["linear", "delivery"] = "linear"
    distribution_unit: Literal["amount", "quantity"] = "amount"
    distribution_period: Literal["day_based", "even"] = "day_based"
    payment_start: Literal["before_during", "after"] | None = None
    bill_me: Flag = True
    show_on_invoice: Flag = True
    vat_percent: Percent | None = None
    # Delivered units beyond the booking are billed too (PI-DEL-11).
    unlimited: Flag = False
    state: Literal["active", "cancelled"] = "active"


class CampaignState(Fact):
    """A sold order with its billing terms and items (PI-REQ)."""

    id: UUID
    version: int
    code: str = ""
    campaign_no: int
    name: str
    stage: Literal["proposal", "booked", "cancelled"]
    bill_me: Flag = True
    legal_entity_id: UUID | None = None
    client_id: UUID
    recipient: Recipient
    dispatch: Literal["email", "print", "none"] = "none"
    currency: CurrencyCode
    vat_treatment: Literal["standard", "reverse_charge", "exempt"] = "standard"
    payment_interval: Literal["weekly", "monthly", "quarterly", "half_yearly", "yearly", "total"] | None = None
    payment_start: Literal["before_during", "after"] | None = None
    due_at: Literal["interval_start", "interval_end"] | None = None
    billing_start_on: Day | None = None
    billing_end_on: Day | None = None
    payment_days: int = 30
    client_reference: str = ""
    items: list[CampaignItemState] = []


class CampaignBooked(CampaignState):
    """A campaign became an order."""

    TYPE: ClassVar[str] = "contracts.campaign.booked.v1"


class CampaignChanged(CampaignState):
    """A campaign, its terms or its items changed."""

    TYPE: ClassVar[str] = "contracts.campaign.changed.v1"
