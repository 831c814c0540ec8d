"""How Gradio's parts look beside our own pages: the same colours, the fonts of the reader's system, nothing fetched from elsewhere.

``static/commons.css`` holds the colours by name; here Gradio's variables are pointed at them.
"""

from __future__ import annotations

import gradio as gr

_SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]

# The first two paint the page before any style sheet has come, so they are plain values: paper and ink.
THEME = gr.themes.Base(font=_SANS, font_mono=_MONO, radius_size=gr.themes.sizes.radius_md).set(
    body_background_fill="#faf8f4",
    body_background_fill_dark="#14171a",
    body_text_color="#1f2428",
    body_text_color_dark="#e8e6e0",
    body_text_color_subdued="var(--soft)",
    body_text_color_subdued_dark="var(--soft)",
    background_fill_primary="var(--card)",
    background_fill_primary_dark="var(--card)",
    background_fill_secondary="var(--tint)",
    background_fill_secondary_dark="var(--tint)",
    border_color_primary="var(--line)",
    border_color_primary_dark="var(--line)",
    border_color_accent="var(--accent)",
    border_color_accent_dark="var(--accent)",
    color_accent="var(--accent)",
    color_accent_soft="var(--tint)",
    color_accent_soft_dark="var(--tint)",
    block_background_fill="transparent",
    block_background_fill_dark="transparent",
    block_border_width="0px",
    block_border_width_dark="0px",
    block_shadow="none",
    block_shadow_dark="none",
    block_padding="0px",
    block_label_text_color="var(--soft)",
    block_label_text_color_dark="var(--soft)",
    block_title_text_color="var(--soft)",
    block_title_text_color_dark="var(--soft)",
    block_title_text_weight="500",
    input_background_fill="var(--card)",
    input_background_fill_dark="var(--card)",
    input_border_color="var(--edge)",
    input_border_color_dark="var(--edge)",
    input_border_color_focus="var(--accent)",
    input_border_color_focus_dark="var(--accent)",
    input_border_width="1px",
    input_border_width_dark="1px",
    input_radius="8px",
    input_placeholder_color="var(--soft)",
    input_placeholder_color_dark="var(--soft)",
    input_shadow="none",
    input_shadow_dark="none",
    button_primary_background_fill="var(--accent)",
    button_primary_background_fill_dark="var(--accent)",
    button_primary_background_fill_hover="var(--accent-strong)",
    button_primary_background_fill_hover_dark="var(--accent-strong)",
    button_primary_text_color="var(--on-accent)",
    button_primary_text_color_dark="var(--on-accent)",
    button_primary_border_color="var(--accent)",
    button_primary_border_color_dark="var(--accent)",
)
