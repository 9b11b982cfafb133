"""Who may do what: IAM's policy language, and what a call to AWS needs.

Read ``conditions`` and ``policies`` (the language) first, then ``judge`` (which policies have a say, and how
they combine), ``needs`` (the actions and resources of a call), ``callers`` (whose key it is) and ``enforce``.
"""
