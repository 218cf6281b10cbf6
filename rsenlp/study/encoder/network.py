"""The network: a pre-trained encoder, and heads for both stances, each sentence's causes and its themes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from rsenlp.classifiers.encoding import Window


@dataclass(frozen=True, slots=True)
class Shape:
    """How many targets, causes and themes the heads speak of."""

    targets: int
    causes: int
    themes: int


class Network(nn.Module):
    """Reads windows; answers for each with scores (log-probabilities up to a constant).

    Shapes of the answer: stance (windows, targets, 3), causes (windows, sentences, causes, 3), themes (windows,
    sentences, themes).
    """

    def __init__(self, encoder: Any, shape: Shape, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.shape = shape
        width = encoder.config.hidden_size
        self.segments = getattr(encoder.config, "type_vocab_size", 0) > 1
        self.drop = nn.Dropout(dropout)
        self.stance = nn.Sequential(
            nn.Linear(3 * width, width), nn.Tanh(), nn.Dropout(dropout), nn.Linear(width, 3 * shape.targets)
        )
        self.sentence = nn.Sequential(nn.Linear(3 * width, width), nn.GELU(), nn.Dropout(dropout))
        self.causes = nn.Linear(width, 3 * shape.causes)
        self.themes = nn.Linear(width, shape.themes)

    def forward(
        self,
        ids: torch.Tensor,
        mask: torch.Tensor,
        types: torch.Tensor,
        by_sentence: torch.Tensor,
        by_part: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Scores of windows.

        Args:
            ids: shape (windows, pieces).
            mask: one for a piece, zero for padding; shape (windows, pieces).
            types: shape (windows, pieces).
            by_sentence: averages pieces into sentences; shape (windows, sentences, pieces).
            by_part: averages pieces into comment and context; shape (windows, 2, pieces).
        """
        given = {"token_type_ids": types} if self.segments else {}
        hidden = self.drop(self.encoder(input_ids=ids, attention_mask=mask, **given).last_hidden_state)
        sentences = torch.bmm(by_sentence, hidden)
        parts = torch.bmm(by_part, hidden)
        start = hidden[:, 0]
        stance = self.stance(torch.cat([start, parts[:, 0], parts[:, 1]], -1))
        around = torch.cat([start, parts[:, 0]], -1).unsqueeze(1).expand(-1, sentences.shape[1], -1)
        each = self.sentence(torch.cat([sentences, around], -1))
        return (
            stance.view(-1, self.shape.targets, 3),
            self.causes(each).view(each.shape[0], each.shape[1], self.shape.causes, 3),
            self.themes(each),
        )


def batch_of(windows: Sequence[Window]) -> tuple[torch.Tensor, ...]:
    """The tensors that :meth:`Network.forward` takes, padded to the longest window."""
    length = max(len(window.ids) for window in windows)
    count = max(1, *(window.count for window in windows))
    ids, mask, types = (torch.zeros(len(windows), length, dtype=torch.long) for _ in range(3))
    by_sentence, by_part = torch.zeros(len(windows), count, length), torch.zeros(len(windows), 2, length)
    for row, window in enumerate(windows):
        own = len(window.ids)
        ids[row, :own] = torch.from_numpy(window.ids)
        types[row, :own] = torch.from_numpy(window.types)
        mask[row, :own] = 1
        sentences, parts = window.means()
        by_sentence[row, : window.count, :own] = torch.from_numpy(sentences)
        by_part[row, :, :own] = torch.from_numpy(parts)
    return ids, mask, types, by_sentence, by_part
