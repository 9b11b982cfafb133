"""A picture of an account: every setting of every type that is adopted, read only, without secrets and rows.

``take`` reads it; ``dpctl sandbox start --from FILE`` makes a replica of it. A section holds AWS's own shapes
(the API's names of fields), without what AWS computes and what changes by itself. What is not there is null;
what may not be read is named in ``unseen``.
"""

from dpctl.deploy.picture.take import VERSION, read, take, write

__all__ = ["VERSION", "read", "take", "write"]
