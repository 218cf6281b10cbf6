"""The researcher's bench: corpora, training, evaluation."""
