"""Whoever is next: who gets a lead, and why. Whole numbers only, so that a choice made once can be
made again, bit for bit, from what was written down.
"""
