"""Training of the accurate backend: the base and its French, the network, fine-tuning, and its export to ONNX.

The only part of the package that needs torch and transformers (the extra ``train``).
"""
