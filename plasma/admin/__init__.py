"""Donors, banks, hospitals and campaigns in the admin."""

from plasma.admin.campaigns import CampaignAdmin
from plasma.admin.charges import BankChargeAdmin, HospitalChargeAdmin
from plasma.admin.cohorts import CohortAdmin
from plasma.admin.donors import ConsentLedgerAdmin, DonorAdmin
from plasma.admin.needs import PlasmaRequestAdmin
from plasma.admin.places import BankAdmin, HospitalAdmin, PolicyAdmin

__all__ = [
    "BankAdmin",
    "BankChargeAdmin",
    "CampaignAdmin",
    "CohortAdmin",
    "ConsentLedgerAdmin",
    "DonorAdmin",
    "HospitalAdmin",
    "HospitalChargeAdmin",
    "PlasmaRequestAdmin",
    "PolicyAdmin",
]
