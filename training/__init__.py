"""Training and evaluating the embedded classifier. Needs the extra ``train``; serving does not."""
