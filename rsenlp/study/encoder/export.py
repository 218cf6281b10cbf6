"""From the trained network to what is shipped: ONNX with 8-bit weights, run by onnxruntime without torch."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path

import torch
from torch import nn

from rsenlp.study.encoder.network import Network

OPSET = 17


class _OneWindow(nn.Module):
    """The network over one window without padding."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, ids: torch.Tensor, types: torch.Tensor, by_sentence: torch.Tensor, by_part: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        answer: tuple[torch.Tensor, torch.Tensor, torch.Tensor] = self.network(
            ids, torch.ones_like(ids), types, by_sentence, by_part
        )
        return answer


def to_onnx(network: Network) -> bytes:
    """The network in full precision. Inputs and outputs are named as in :meth:`Network.forward`; batches of one."""
    network = copy.deepcopy(network).eval()
    network.encoder.set_attn_implementation("eager")
    length, sentences = 12, 3
    example = (
        torch.ones(1, length, dtype=torch.long),
        torch.ones(1, length, dtype=torch.long),
        torch.rand(1, sentences, length),
        torch.rand(1, 2, length),
    )
    axes = {
        "ids": {1: "pieces"},
        "types": {1: "pieces"},
        "by_sentence": {1: "sentences", 2: "pieces"},
        "by_part": {2: "pieces"},
        "causes": {1: "sentences"},
        "themes": {1: "sentences"},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        torch.onnx.export(
            _OneWindow(network),
            example,
            str(path),
            input_names=["ids", "types", "by_sentence", "by_part"],
            output_names=["stance", "causes", "themes"],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        return path.read_bytes()


def quantized(network: bytes) -> bytes:
    """The same network with 8-bit weights (dynamic quantisation, one scale per column)."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "full.onnx", Path(folder) / "small.onnx"
        source.write_bytes(network)
        quantize_dynamic(source, target, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
        return target.read_bytes()
