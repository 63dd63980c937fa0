"""Donors and their consent, campaigns, banks and donations, hospitals and their requests."""

from plasma.models.banks import Bank, BankCharge, BankClosure, BankHours
from plasma.models.campaigns import Campaign, FunnelCount, Invitation, OutreachSwitch
from plasma.models.cohorts import Cohort, CohortImport
from plasma.models.donations import BedDay, BedHold, Donation, Pledge
from plasma.models.donors import ConsentEntry, Donor, DonorPhone, ErasedMark
from plasma.models.hospitals import Hospital, HospitalCharge, PlasmaRequest, Proposal
from plasma.models.policies import Policy

__all__ = [
    "Bank",
    "BankCharge",
    "BankClosure",
    "BankHours",
    "BedDay",
    "BedHold",
    "Campaign",
    "Cohort",
    "CohortImport",
    "ConsentEntry",
    "Donation",
    "Donor",
    "DonorPhone",
    "ErasedMark",
    "FunnelCount",
    "Hospital",
    "HospitalCharge",
    "Invitation",
    "OutreachSwitch",
    "PlasmaRequest",
    "Pledge",
    "Policy",
    "Proposal",
]
