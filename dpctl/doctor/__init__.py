"""Why a Glue connection to Redshift does not work, proved, and how to mend it.

collect asks AWS once and makes a snapshot; checks are pure functions over it; the verdict names the root
cause; fixes turns it into a plan, and mending carries the plan out.
"""
