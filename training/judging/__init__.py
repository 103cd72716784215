"""What a model is worth: calibration, figures, robustness, plots, the report."""
