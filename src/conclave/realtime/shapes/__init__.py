"""What members see: the wire's names, and how they come from what the domain tells.

Names and numbers are those of the client API (docs/contract/members.md).
"""
