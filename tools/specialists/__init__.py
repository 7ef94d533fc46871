"""What each specialist of the mind responds to: fights, measures, figures, document (see the command)."""
