"""The CSV files contracts takes, a file an area; the natural key of each decides create, update or unchanged."""

from services.contracts.imports.as_run import AS_RUN
from services.contracts.imports.bookings import BOOKINGS
from services.contracts.imports.media_registers import MEDIA_REGISTERS
from services.contracts.imports.radio import RADIO
from services.contracts.imports.registers import REGISTERS
from shared.runtime.imports import Imports

IMPORTS: Imports = {kind.name: kind for kind in (*REGISTERS, *MEDIA_REGISTERS, *RADIO, AS_RUN, *BOOKINGS)}
