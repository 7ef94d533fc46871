"""The parts of tools/make_training_report.py: statistics, figures, verdicts, the text."""
