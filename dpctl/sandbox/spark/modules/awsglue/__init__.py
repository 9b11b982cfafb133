"""What Glue's own library has in pure Python, for jobs in the sandbox.

Its dynamic frames live in Glue's Java code, which is in no public registry: a script that uses the plain
Spark session runs in both.
"""

import sys

from awsglue import arguments

sys.modules["awsglue.utils"] = arguments  # the name that Glue gives it
