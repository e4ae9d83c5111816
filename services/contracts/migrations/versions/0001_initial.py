"""Registers, radio contracts and logs, orders and insertions, media campaigns."""

from alembic import op

revision = "0001"
down_revision = None

_REGISTERS = """
CREATE TABLE legal_entity (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  currency text NOT NULL,
  country text NOT NULL,
  address text NOT NULL,
  vat_no text NOT NULL,
  start_of_week int,
  time_zone text NOT NULL,
  vat_percent numeric(18, 6) NOT NULL,
  number_prefix text NOT NULL,
  credit_series boolean NOT NULL,
  four_eyes_amount bigint,
  daily_delivery boolean NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code)
);
SELECT mb_protect('legal_entity');

CREATE TABLE agency (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  commission_percent numeric(18, 6) NOT NULL,
  edi_no text NOT NULL,
  edi_requires_all_codes boolean NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code)
);
SELECT mb_protect('agency');

CREATE TABLE salesperson (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  commission_percent numeric(18, 6) NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code)
);
SELECT mb_protect('salesperson');

CREATE TABLE revenue_source (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code)
);
SELECT mb_protect('revenue_source');

CREATE TABLE revenue_type (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code)
);
SELECT mb_protect('revenue_type');

CREATE TABLE tax (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  percent numeric(18, 6) NOT NULL,
  parts jsonb NOT NULL,
  merged_into_id uuid,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code)
);
SELECT mb_protect('tax');

CREATE TABLE conflict (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  method text NOT NULL,
  distance int NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code)
);
SELECT mb_protect('conflict');

CREATE TABLE client (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  legal_entity_id uuid NOT NULL,
  category text NOT NULL,
  address text NOT NULL,
  country text NOT NULL,
  vat_no text NOT NULL,
  email text NOT NULL,
  vat_percent numeric(18, 6) NOT NULL,
  currency text NOT NULL,
  language text NOT NULL,
  payment_days int NOT NULL,
  from_month_end boolean NOT NULL,
  cash_discount_percent numeric(18, 6) NOT NULL DEFAULT 0,
  cash_discount_days int NOT NULL DEFAULT 0,
  separate_by text NOT NULL,
  reference_required boolean NOT NULL,
  minimum_amount bigint NOT NULL,
  agency_id uuid,
  salesperson_id uuid,
  tax_id uuid,
  primary_conflict_id uuid,
  secondary_conflict_id uuid,
  line_station_id uuid,
  line_avail_type text NOT NULL,
  line_start_time int,
  line_end_time int,
  prints_confirmations boolean NOT NULL,
  discount_percent numeric(18, 6) NOT NULL,
  billing_cycle text NOT NULL,
  invoice_type text NOT NULL,
  pre_pay boolean NOT NULL,
  separation_method text NOT NULL,
  separation_distance int NOT NULL,
  vat_code_id uuid,
  payment_terms_id uuid,
  ad_agency_id uuid,
  credit_limit_amount bigint,
  credit_used_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code),
  FOREIGN KEY (tenant_id, legal_entity_id) REFERENCES legal_entity (tenant_id, id),
  FOREIGN KEY (tenant_id, agency_id) REFERENCES agency (tenant_id, id),
  FOREIGN KEY (tenant_id, salesperson_id) REFERENCES salesperson (tenant_id, id),
  FOREIGN KEY (tenant_id, tax_id) REFERENCES tax (tenant_id, id),
  FOREIGN KEY (tenant_id, vat_code_id) REFERENCES vat_code (tenant_id, id),
  FOREIGN KEY (tenant_id, payment_terms_id) REFERENCES payment_terms (tenant_id, id),
  FOREIGN KEY (tenant_id, ad_agency_id) REFERENCES ad_agency (tenant_id, id),
  FOREIGN KEY (tenant_id, primary_conflict_id) REFERENCES conflict (tenant_id, id),
  FOREIGN KEY (tenant_id, secondary_conflict_id) REFERENCES conflict (tenant_id, id)
);
SELECT mb_protect('client');

CREATE TABLE station_group (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  split_by_station boolean NOT NULL,
  logo_svg text NOT NULL,
  remit_address text NOT NULL,
  footer_text text NOT NULL,
  invoice_columns jsonb NOT NULL,
  confirmation_columns jsonb NOT NULL,
  rates text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code)
);
SELECT mb_protect('station_group');

CREATE TABLE station (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  legal_entity_id uuid NOT NULL,
  group_id uuid,
  time_zone text NOT NULL,
  affidavit_text text NOT NULL,
  notarized_text text NOT NULL,
  feeds_automation boolean NOT NULL,
  no_logs boolean NOT NULL,
  breaks jsonb NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code),
  FOREIGN KEY (tenant_id, group_id) REFERENCES station_group (tenant_id, id),
  FOREIGN KEY (tenant_id, legal_entity_id) REFERENCES legal_entity (tenant_id, id)
);
SELECT mb_protect('station');

CREATE TABLE supplier (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  currency text NOT NULL,
  payment_days int NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code)
);
SELECT mb_protect('supplier');

CREATE TABLE media (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  supplier_id uuid,
  currency text NOT NULL,
  media_type_id uuid,
  media_type text NOT NULL,
  ad_check_required boolean NOT NULL,
  look_ahead_days int NOT NULL,
  default_status text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code),
  FOREIGN KEY (tenant_id, supplier_id) REFERENCES supplier (tenant_id, id),
  FOREIGN KEY (tenant_id, media_type_id) REFERENCES media_type (tenant_id, id)
);
SELECT mb_protect('media');

CREATE TABLE agreement (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  current_invoicing boolean NOT NULL,
  current_deduction boolean NOT NULL,
  timing text NOT NULL,
  default_status text NOT NULL,
  allocation_invoicing text NOT NULL,
  received_percents jsonb NOT NULL,
  passed_on_percents jsonb NOT NULL,
  fees jsonb NOT NULL,
  capital_cost jsonb,
  fee_share jsonb,
  commission_share jsonb,
  capital_cost_share jsonb,
  fee_terms_id uuid,
  fee_payment_days int,
  fee_from_month_end boolean NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code),
  FOREIGN KEY (tenant_id, fee_terms_id) REFERENCES payment_terms (tenant_id, id)
);
SELECT mb_protect('agreement');

CREATE TABLE copy (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  client_id uuid NOT NULL,
  cart_no text NOT NULL,
  length_seconds int NOT NULL,
  start_on date,
  end_on date,
  script text NOT NULL,
  station_ids jsonb NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code),
  FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id)
);
CREATE INDEX copy_client_id_ix ON copy (tenant_id, client_id);
CREATE INDEX copy_cart_no_ix ON copy (tenant_id, cart_no);
SELECT mb_protect('copy');

CREATE TABLE plan (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  client_id uuid NOT NULL,
  agreement_id uuid NOT NULL,
  owner text NOT NULL,
  client_reference text NOT NULL,
  campaign text NOT NULL,
  product text NOT NULL,
  invoice_on date,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code),
  FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id),
  FOREIGN KEY (tenant_id, agreement_id) REFERENCES agreement (tenant_id, id)
);
SELECT mb_protect('plan');

"""

_REGISTER = """
CREATE TABLE {name} (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  {columns},
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code)
);
SELECT mb_protect('{name}');
"""

_NAMED_BY_OTHERS = {
    "vat_code": "percent numeric(18, 6) NOT NULL",
    "payment_terms": "days int NOT NULL, from_month_end boolean NOT NULL, "
    "cash_discount_percent numeric(18, 6) NOT NULL, cash_discount_days int NOT NULL",
    "media_type": """
  ad_check_required boolean NOT NULL,
  default_status text NOT NULL,
  look_ahead_days int NOT NULL,
  sales_account text NOT NULL,
  cost_account text NOT NULL""",
    "ad_agency": """
  address text NOT NULL,
  supplier_id uuid,
  supplier_no text NOT NULL,
  language text NOT NULL,
  vat_on_settlement boolean NOT NULL,
  cost_centre text NOT NULL,
  cost_object text NOT NULL""",
    "price_code": """
  kind text NOT NULL,
  percent numeric(18, 6),
  fixed_amount bigint,
  currency text,
  base text NOT NULL,
  by_media boolean NOT NULL,
  bears_commission boolean NOT NULL,
  do_not_invoice boolean NOT NULL,
  vat_percent numeric(18, 6)""",
    "reconciliation_code": """
  evaluation_order int NOT NULL,
  sides text NOT NULL,
  negative_from numeric(18, 6) NOT NULL,
  negative_to numeric(18, 6) NOT NULL,
  positive_from numeric(18, 6) NOT NULL,
  positive_to numeric(18, 6) NOT NULL""",
    "claim_text": """
  text text NOT NULL,
  automatic boolean NOT NULL""",
}

_SETTINGS = """
ALTER TABLE ad_agency ADD FOREIGN KEY (tenant_id, supplier_id) REFERENCES supplier (tenant_id, id);
CREATE UNIQUE INDEX claim_text_automatic_key ON claim_text (tenant_id) WHERE automatic;

CREATE TABLE parameter (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  stated jsonb NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, id) REFERENCES legal_entity (tenant_id, id)
);
SELECT mb_protect('parameter');

CREATE TABLE exchange_rate (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  legal_entity_id uuid NOT NULL,
  currency text NOT NULL,
  rate_on date NOT NULL,
  rate numeric(18, 6) NOT NULL,
  source text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, legal_entity_id, currency, rate_on),
  FOREIGN KEY (tenant_id, legal_entity_id) REFERENCES legal_entity (tenant_id, id),
  CONSTRAINT exchange_rate_rate_check CHECK (rate > 0)
);
SELECT mb_protect('exchange_rate');
"""

_RADIO = """
CREATE TABLE contract (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  contract_no int NOT NULL,
  last_line_no int NOT NULL,
  state text NOT NULL,
  revision int NOT NULL,
  correction text NOT NULL,
  correction_id uuid,
  corrected_fields jsonb NOT NULL,
  legal_entity_id uuid NOT NULL,
  client_id uuid NOT NULL,
  agency_id uuid,
  edi_no text NOT NULL,
  salesperson_id uuid,
  currency text NOT NULL,
  estimate_no text NOT NULL,
  agency_estimate_code text NOT NULL,
  agency_advertiser_code text NOT NULL,
  agency_product_code text NOT NULL,
  po_no text NOT NULL,
  product text NOT NULL,
  pre_pay boolean NOT NULL,
  discount_percent numeric(18, 6) NOT NULL,
  agency_commission_percent numeric(18, 6) NOT NULL,
  sales_commission_percent numeric(18, 6) NOT NULL,
  tax_id uuid,
  revenue_source_id uuid,
  revenue_type_id uuid,
  primary_conflict_id uuid,
  secondary_conflict_id uuid,
  billing_cycle text NOT NULL,
  invoice_type text NOT NULL,
  affidavit text NOT NULL,
  tfn boolean NOT NULL,
  comment text NOT NULL,
  notes text NOT NULL,
  approved_at timestamptz,
  cancelled_at timestamptz,
  completed_on date,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code),
  UNIQUE (tenant_id, contract_no),
  FOREIGN KEY (tenant_id, legal_entity_id) REFERENCES legal_entity (tenant_id, id),
  FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id),
  FOREIGN KEY (tenant_id, agency_id) REFERENCES agency (tenant_id, id),
  FOREIGN KEY (tenant_id, salesperson_id) REFERENCES salesperson (tenant_id, id),
  FOREIGN KEY (tenant_id, tax_id) REFERENCES tax (tenant_id, id),
  FOREIGN KEY (tenant_id, revenue_source_id) REFERENCES revenue_source (tenant_id, id),
  FOREIGN KEY (tenant_id, revenue_type_id) REFERENCES revenue_type (tenant_id, id),
  FOREIGN KEY (tenant_id, primary_conflict_id) REFERENCES conflict (tenant_id, id),
  FOREIGN KEY (tenant_id, secondary_conflict_id) REFERENCES conflict (tenant_id, id),
  CONSTRAINT contract_correction_check CHECK
    (correction IN ('none', 'requested', 'open') AND (correction = 'none') = (correction_id IS NULL)),
  CONSTRAINT contract_state_check CHECK
    (state IN
    ('draft', 'active', 'completed', 'cancelled'))
);
CREATE INDEX contract_client_id_ix ON contract (tenant_id, client_id);
SELECT mb_protect('contract');

CREATE TABLE contract_line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  contract_id uuid NOT NULL,
  line_no int NOT NULL,
  kind text NOT NULL,
  status text NOT NULL,
  approved_at timestamptz,
  station_id uuid NOT NULL,
  start_on date NOT NULL,
  end_on date NOT NULL,
  override_start_date boolean NOT NULL,
  rate_amount bigint NOT NULL,
  terms jsonb NOT NULL,
  quantity int NOT NULL,
  total_amount bigint NOT NULL,
  comment text NOT NULL,
  income_account text NOT NULL,
  direct_rotation_id uuid,
  override_advertiser boolean NOT NULL,
  override_conflict boolean NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, contract_id, line_no),
  FOREIGN KEY (tenant_id, contract_id) REFERENCES contract (tenant_id, id),
  FOREIGN KEY (tenant_id, station_id) REFERENCES station (tenant_id, id)
);
CREATE INDEX contract_line_station_id_start_on_ix ON contract_line (tenant_id, station_id, start_on);
SELECT mb_protect('contract_line');

CREATE TABLE rotation (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  contract_id uuid NOT NULL,
  position int NOT NULL,
  name text NOT NULL,
  station_id uuid,
  length_seconds int NOT NULL,
  start_on date NOT NULL,
  end_on date NOT NULL,
  start_minute int NOT NULL,
  end_minute int NOT NULL,
  weekdays jsonb NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, contract_id) REFERENCES contract (tenant_id, id)
);
CREATE INDEX rotation_contract_id_ix ON rotation (tenant_id, contract_id);
SELECT mb_protect('rotation');

CREATE TABLE rotation_item (
  tenant_id uuid NOT NULL,
  rotation_id uuid NOT NULL,
  position int NOT NULL,
  copy_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, rotation_id, position),
  FOREIGN KEY (tenant_id, rotation_id) REFERENCES rotation (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, copy_id) REFERENCES copy (tenant_id, id)
);
SELECT mb_protect('rotation_item');

CREATE TABLE rotation_cursor (
  tenant_id uuid NOT NULL,
  rotation_id uuid NOT NULL,
  station_id uuid NOT NULL,
  position int NOT NULL,
  PRIMARY KEY (tenant_id, rotation_id, station_id),
  FOREIGN KEY (tenant_id, rotation_id) REFERENCES rotation (tenant_id, id) ON DELETE CASCADE
);
SELECT mb_protect('rotation_cursor');

CREATE TABLE off_air_occurrence (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  contract_id uuid NOT NULL,
  line_id uuid NOT NULL,
  line_no int NOT NULL,
  station_id uuid NOT NULL,
  due_on date NOT NULL,
  state text NOT NULL,
  amount bigint NOT NULL,
  comment text NOT NULL,
  income_account text NOT NULL,
  invoice_id uuid,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT off_air_occurrence_state_check CHECK
    (state IN
    ('scheduled', 'due', 'trashed'))
);
CREATE INDEX off_air_occurrence_contract_id_ix ON off_air_occurrence (tenant_id, contract_id);
CREATE INDEX off_air_occurrence_due_on_ix ON off_air_occurrence (tenant_id, due_on);
CREATE INDEX off_air_occurrence_state_due_on_ix ON off_air_occurrence (tenant_id, state, due_on);
CREATE INDEX off_air_occurrence_invoice_id_ix ON off_air_occurrence (tenant_id, invoice_id);
SELECT mb_protect('off_air_occurrence');

CREATE TABLE counter (
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  last_no int NOT NULL,
  PRIMARY KEY (tenant_id, name)
);
SELECT mb_protect('counter');

"""

_LOGS = """
CREATE TABLE log (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  station_id uuid NOT NULL,
  air_on date NOT NULL,
  state text NOT NULL,
  cursors_before jsonb NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, station_id, air_on),
  FOREIGN KEY (tenant_id, station_id) REFERENCES station (tenant_id, id),
  CONSTRAINT log_state_check CHECK
    (state IN
    ('open', 'locked', 'reconciled'))
);
SELECT mb_protect('log');

CREATE TABLE log_break (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  log_id uuid NOT NULL,
  start_minute int NOT NULL,
  avail_types jsonb NOT NULL,
  avail_count int NOT NULL,
  seconds int NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, log_id) REFERENCES log (tenant_id, id)
);
CREATE INDEX log_break_log_id_ix ON log_break (tenant_id, log_id);
SELECT mb_protect('log_break');

CREATE TABLE spot (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  contract_id uuid NOT NULL,
  line_id uuid NOT NULL,
  line_no int NOT NULL,
  station_id uuid NOT NULL,
  state text NOT NULL,
  original_target_on date NOT NULL,
  target_on date NOT NULL,
  length_seconds int NOT NULL,
  rate_amount bigint NOT NULL,
  avail_type text NOT NULL,
  log_on date,
  break_id uuid,
  break_position int,
  scheduled_minute int,
  air_minute int,
  aired_at timestamptz,
  copy_id uuid,
  invoice_id uuid,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT spot_state_check CHECK
    (state IN
    ('scheduled', 'unplaced', 'placed', 'locked', 'aired', 'missed', 'trashed'))
);
CREATE INDEX spot_contract_id_ix ON spot (tenant_id, contract_id);
CREATE INDEX spot_target_on_station_id_ix ON spot (tenant_id, target_on, station_id);
CREATE INDEX spot_state_target_on_ix ON spot (tenant_id, state, target_on);
-- What few units have is indexed for those few: storing new units costs nothing more.
CREATE INDEX spot_log_on_station_id_ix ON spot (tenant_id, log_on, station_id) WHERE log_on IS NOT NULL;
CREATE INDEX spot_copy_id_ix ON spot (tenant_id, copy_id) WHERE copy_id IS NOT NULL;
CREATE INDEX spot_invoice_id_ix ON spot (tenant_id, invoice_id) WHERE invoice_id IS NOT NULL;
CREATE INDEX spot_not_invoiced_ix ON spot (tenant_id, target_on) WHERE state = 'aired' AND invoice_id IS NULL;
CREATE UNIQUE INDEX spot_break_id_break_position_ix ON spot (tenant_id, break_id, break_position)
  WHERE break_id IS NOT NULL;
SELECT mb_protect('spot');

CREATE TABLE as_run_line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  log_id uuid NOT NULL,
  air_second int NOT NULL,
  cart_no text NOT NULL,
  length_seconds int NOT NULL,
  contract_no int,
  note text NOT NULL,
  second_pass boolean NOT NULL,
  state text NOT NULL,
  spot_id uuid,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT as_run_line_state_check CHECK
    (state IN
    ('matched', 'doubtful', 'unknown', 'accepted', 'ignored'))
);
CREATE INDEX as_run_line_log_id_ix ON as_run_line (tenant_id, log_id);
SELECT mb_protect('as_run_line');

CREATE TABLE issued_invoice (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  contract_id uuid,
  credit boolean NOT NULL,
  invoice_no text NOT NULL,
  invoice_on date,
  issued_at timestamptz,
  reversed boolean NOT NULL,
  blocks boolean NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX issued_invoice_contract_id_ix ON issued_invoice (tenant_id, contract_id);
CREATE INDEX issued_invoice_invoice_no_ix ON issued_invoice (tenant_id, invoice_no);
SELECT mb_protect('issued_invoice');

"""

_MEDIA = """
CREATE TABLE media_order (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  order_no int NOT NULL,
  plan_id uuid NOT NULL,
  media_id uuid NOT NULL,
  agreement_id uuid,
  client_reference text NOT NULL,
  currency text NOT NULL,
  exchange_rate numeric(18, 6) NOT NULL,
  not_before_on date,
  alteration boolean NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code),
  UNIQUE (tenant_id, order_no),
  FOREIGN KEY (tenant_id, plan_id) REFERENCES plan (tenant_id, id),
  FOREIGN KEY (tenant_id, media_id) REFERENCES media (tenant_id, id)
);
CREATE INDEX media_order_plan_id_ix ON media_order (tenant_id, plan_id);
SELECT mb_protect('media_order');

CREATE TABLE insertion (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  order_id uuid NOT NULL,
  client_id uuid NOT NULL,
  insertion_on date NOT NULL,
  status text NOT NULL,
  own_status text NOT NULL,
  text text NOT NULL,
  price_rows jsonb NOT NULL,
  mirror jsonb,
  exclude_fee boolean NOT NULL,
  exclude_capital_cost boolean NOT NULL,
  exchange_rate numeric(18, 6) NOT NULL,
  gross_amount bigint NOT NULL,
  discount_amount bigint NOT NULL,
  net_amount bigint NOT NULL,
  commission_amount bigint NOT NULL,
  net_net_amount bigint NOT NULL,
  client_net_amount bigint NOT NULL,
  fee_amount bigint NOT NULL,
  capital_cost_amount bigint NOT NULL,
  surcharge_amount bigint NOT NULL,
  price_amount bigint NOT NULL,
  allocation jsonb NOT NULL,
  ad_checked boolean NOT NULL,
  correction_kind text NOT NULL,
  credit boolean NOT NULL,
  original_id uuid,
  invoice_comment text NOT NULL,
  not_before_on date,
  has_media_invoice boolean NOT NULL,
  edited_version int NOT NULL,
  changed_in_run boolean NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code),
  FOREIGN KEY (tenant_id, order_id) REFERENCES media_order (tenant_id, id),
  CONSTRAINT insertion_status_check CHECK
    (status IN
    ('preliminary', 'definitive', 'do_not_invoice', 'pre_inv', 'invoiced', 'blocked', 'cancelled'))
);
CREATE INDEX insertion_order_id_ix ON insertion (tenant_id, order_id);
CREATE INDEX insertion_insertion_on_ix ON insertion (tenant_id, insertion_on);
CREATE INDEX insertion_original_id_ix ON insertion (tenant_id, original_id) WHERE original_id IS NOT NULL;
CREATE UNIQUE INDEX insertion_credit_key ON insertion (tenant_id, original_id, client_id)
  WHERE credit AND own_status <> 'cancelled';
SELECT mb_protect('insertion');

CREATE TABLE invoiced_share (
  tenant_id uuid NOT NULL,
  insertion_id uuid NOT NULL,
  client_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  kind text NOT NULL,
  item_version int,
  currency text NOT NULL,
  net_amount bigint NOT NULL,
  net_net_amount bigint NOT NULL,
  client_net_amount bigint NOT NULL,
  fee_amount bigint NOT NULL,
  capital_cost_amount bigint NOT NULL,
  amount bigint NOT NULL,
  released boolean NOT NULL,
  PRIMARY KEY (tenant_id, insertion_id, client_id, invoice_id)
);
CREATE INDEX invoiced_share_invoice_id_ix ON invoiced_share (tenant_id, invoice_id);
SELECT mb_protect('invoiced_share');

CREATE TABLE invoice_run (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  run_no int NOT NULL,
  state text NOT NULL,
  started_at timestamptz NOT NULL,
  criteria jsonb NOT NULL,
  looks_ahead boolean NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX invoice_run_open_ix ON invoice_run (tenant_id, run_no) WHERE state = 'running';
SELECT mb_protect('invoice_run');

CREATE TABLE media_invoice_mark (
  tenant_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  insertion_id uuid NOT NULL,
  version int NOT NULL,
  PRIMARY KEY (tenant_id, insertion_id, invoice_id)
);
CREATE INDEX media_invoice_mark_invoice_id_ix ON media_invoice_mark (tenant_id, invoice_id);
SELECT mb_protect('media_invoice_mark');

CREATE TABLE heard_media_invoice (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
SELECT mb_protect('heard_media_invoice');

CREATE TABLE allocation_move (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  insertion_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  from_client_id uuid NOT NULL,
  to_client_id uuid,
  credit_id uuid NOT NULL,
  debit_id uuid,
  step text NOT NULL,
  started_at timestamptz NOT NULL,
  started_by text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT allocation_move_step_check CHECK
    (step IN
    ('credited', 'debited', 'finished', 'abandoned'))
);
CREATE UNIQUE INDEX allocation_move_credit_key ON allocation_move (tenant_id, credit_id);
CREATE INDEX allocation_move_insertion_id_ix ON allocation_move (tenant_id, insertion_id);
SELECT mb_protect('allocation_move');

CREATE TABLE media_campaign (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  campaign_no int NOT NULL,
  name text NOT NULL,
  stage text NOT NULL,
  bill_me boolean NOT NULL,
  legal_entity_id uuid,
  client_id uuid NOT NULL,
  recipient jsonb NOT NULL,
  dispatch text NOT NULL,
  currency text NOT NULL,
  vat_treatment text NOT NULL,
  payment_interval text,
  payment_start text,
  due_at text,
  billing_start_on date,
  billing_end_on date,
  payment_days int NOT NULL,
  client_reference text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code),
  UNIQUE (tenant_id, campaign_no),
  FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id),
  CONSTRAINT media_campaign_stage_check CHECK
    (stage IN
    ('proposal', 'booked', 'cancelled'))
);
SELECT mb_protect('media_campaign');

CREATE TABLE campaign_item (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  campaign_id uuid NOT NULL,
  line_no int NOT NULL,
  name text NOT NULL,
  start_on date,
  end_on date,
  amount bigint,
  currency text NOT NULL,
  booked_quantity int,
  billing_category text NOT NULL,
  billing_basis text NOT NULL,
  distribution_unit text NOT NULL,
  distribution_period text NOT NULL,
  payment_start text,
  bill_me boolean NOT NULL,
  show_on_invoice boolean NOT NULL,
  vat_percent numeric(18, 6),
  unlimited boolean NOT NULL,
  state text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, campaign_id, line_no),
  FOREIGN KEY (tenant_id, campaign_id) REFERENCES media_campaign (tenant_id, id)
);
SELECT mb_protect('campaign_item');

"""

_LIFE = """
CREATE TABLE correction (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  contract_id uuid NOT NULL,
  state text NOT NULL,
  reason text NOT NULL,
  requested_by text NOT NULL,
  requested_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  opened_at timestamptz,
  changes jsonb NOT NULL,
  closed_by text NOT NULL,
  closed_at timestamptz,
  blocked_by jsonb NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, contract_id) REFERENCES contract (tenant_id, id),
  CONSTRAINT correction_state_check CHECK
    (state IN
    ('requested', 'open', 'saved', 'abandoned', 'refused'))
);
CREATE UNIQUE INDEX correction_under_way_once ON correction (tenant_id, contract_id)
  WHERE state IN ('requested', 'open');
CREATE INDEX correction_contract_id_ix ON correction (tenant_id, contract_id);
SELECT mb_protect('correction');

-- What a contract's confirmation says, word for word, frozen when the revision was made (CT-DOC-04, CT-DOC-05).
CREATE TABLE confirmation (
  tenant_id uuid NOT NULL,
  contract_id uuid NOT NULL,
  revision int NOT NULL,
  made_at timestamptz NOT NULL,
  content jsonb NOT NULL,
  PRIMARY KEY (tenant_id, contract_id, revision),
  FOREIGN KEY (tenant_id, contract_id) REFERENCES contract (tenant_id, id)
);
SELECT mb_protect('confirmation');
SELECT mb_append_only('confirmation');

CREATE TABLE confirmation_queue (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  contract_id uuid NOT NULL,
  revision int NOT NULL,
  queued_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, contract_id, revision),
  FOREIGN KEY (tenant_id, contract_id, revision) REFERENCES confirmation (tenant_id, contract_id, revision)
);
SELECT mb_protect('confirmation_queue');

CREATE TABLE confirmation_print (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  entries jsonb NOT NULL,
  printed_by text NOT NULL,
  printed_at timestamptz NOT NULL,
  content bytea,
  PRIMARY KEY (tenant_id, id)
);
SELECT mb_protect('confirmation_print');

-- How a user likes the list of lines shown (CT-LIN-29).
CREATE TABLE line_view (
  tenant_id uuid NOT NULL,
  owner text NOT NULL,
  version int NOT NULL,
  view jsonb NOT NULL,
  PRIMARY KEY (tenant_id, owner)
);
SELECT mb_protect('line_view');

"""


def upgrade() -> None:
    """Registers first: the others refer to them."""
    for name, columns in _NAMED_BY_OTHERS.items():
        op.execute(_REGISTER.format(name=name, columns=columns.strip()))
    op.execute(_REGISTERS)
    op.execute(_SETTINGS)
    op.execute(_RADIO)
    op.execute(_LOGS)
    op.execute(_MEDIA)
    op.execute(_LIFE)
