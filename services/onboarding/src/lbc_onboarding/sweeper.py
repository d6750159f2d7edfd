"""`python -m lbc_onboarding.sweeper`: wakes overdue steps; one is enough, two do no harm."""

from lbc_contracts.topology import Service
from lbc_onboarding.bootstrap import sweeper
from lbc_onboarding.settings import SweeperSettings
from lbc_runtime.service import main

if __name__ == "__main__":
    main(Service.SWEEPER, SweeperSettings, sweeper)
