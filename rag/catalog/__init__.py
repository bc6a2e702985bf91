"""The truth: articles, their versions, passages and vectors. The only folder that knows SQLAlchemy.

`store` is the catalog, `reading` what a process that only reads may call, `tables` the schema, `rows` its nouns,
`salvage` what reads a damaged one.
Passages carry the revisions at which they were `added` and `removed`; an index that has reached revision r is brought
up to date by what has changed since r. A version is *staged* (written, not yet to be seen), *current*, or *past*.
"""
