"""`python -m lbc_onboarding`: the onboarding service."""

from lbc_contracts.topology import Service
from lbc_onboarding.bootstrap import onboarding
from lbc_onboarding.settings import OnboardingSettings
from lbc_runtime.service import main

if __name__ == "__main__":
    main(Service.ONBOARDING, OnboardingSettings, onboarding)
