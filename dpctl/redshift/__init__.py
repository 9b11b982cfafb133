"""Redshift in hand: statements as data, text builders without side effects, and the ways to run them.

``quoting``, ``lexer``, ``query``, ``location``, ``options``, ``conflicts``, ``unload``, ``copy``, ``copyjob``
and ``ddl`` are pure and import only the standard library; the rest talks to Redshift through an ``Executor``.
"""
