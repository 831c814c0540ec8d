"""The community's rules as data: licences and pools, policy, roles, and the decision they lead to.

Pure: files come in as bytes, verdicts go out. The gate and the auditor call the same functions on the same bytes.
"""
