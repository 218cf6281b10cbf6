"""A choice of models."""

from __future__ import annotations

import streamlit as st
import texts

from rsenlp.classifiers import DEFAULT, EMBEDDED


def choose(key: str) -> str:
    """An embedded model by its name, or the folder of one that was trained."""
    left, right = st.columns(2)
    names = [DEFAULT, *(name for name in EMBEDDED if name != DEFAULT)]
    chosen: str = left.selectbox(
        texts.text("data.model"), names, key=f"model.{key}", format_func=lambda name: texts.known("models", name)
    )
    folder = right.text_input(texts.text("data.model_folder"), key=f"folder.{key}")
    return folder.strip() or chosen
