"""The names of five invariants that compositions share."""

from typing import Final

OWNER: Final = "no Authorize for the card that started"
REGISTER: Final = "the register never falls"
BOOT_FIRST: Final = "nothing but BootNotification before Accepted/Pending"
ORDER: Final = "no transaction message overtakes another"
NOT_STUCK: Final = "no machine is stuck"

PROMISES: Final = (OWNER, REGISTER, BOOT_FIRST, ORDER, NOT_STUCK)
