"""What mathematics predicts: the two-step algorithm of the upper bounds."""
