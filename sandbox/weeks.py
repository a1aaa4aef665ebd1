"""Weeks."""

from datetime import datetime

from sandbox.tenant import Tenant


def write(tenant: Tenant, monday: datetime) -> None:
    """TODO"""
