"""What a training costs, as learners say it before it is run: operations, and memory."""
