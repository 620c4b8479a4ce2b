"""Training and judging the embedded classifier; needs the extra ``train``, serving does not."""
