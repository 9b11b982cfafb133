"""Why a Glue connection to Redshift does not work, proved, and how to fix it.

collect asks AWS once and makes a snapshot; checks are pure functions over it; the verdict names the root
cause; fixes turns it into a plan, and fixing carries the plan out.
"""
