"""What mathematics predicts: closed forms, risks and rates. No training, no input or output."""
